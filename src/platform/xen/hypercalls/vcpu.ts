import { xenVcpuInfo } from '../../../abi/xen.js';
import {
  vcpuRegisterRunstateArea,
  vcpuRegisterTimeArea,
  vcpuRegisterVcpuInfo,
  vcpuRunstateInfo,
  vcpuSetPeriodicTimer,
  vcpuSetSingleShotTimer,
} from '../../../abi/xen-structures.js';
import type { XenDomain } from '../domain.js';
import {
  type Arguments,
  fail,
  type Hypercall,
  implemented,
  type Operation,
  type Result,
  refused,
} from '../hypercall.js';
import { runstateOf } from '../runstate.js';

/** Processors that a domain may have on x86: VCPUOP about a larger number is about nobody. */
const PROCESSORS = 1;

/** An operation on processor 0; all others do not exist. */
const onProcessor = (
  number: number,
  name: string,
  run: (domain: XenDomain, argument: bigint) => Result,
): Operation =>
  implemented(number, name, (domain, [, id, argument]: Arguments) =>
    id >= PROCESSORS ? fail('ENOENT') : run(domain, argument),
  );

/** VCPUOP_register_vcpu_info: inside one page, once. */
function registerVcpuInfo(domain: XenDomain, address: bigint): Result {
  const wanted = domain.guest.readStruct(vcpuRegisterVcpuInfo, address);
  if (!wanted) return fail('EFAULT');
  const { mfn, offset } = wanted;
  if (offset > 4096 - xenVcpuInfo.size) return fail('EINVAL');
  if (domain.vcpuInfoRegistered) return fail('EINVAL');
  const page = domain.writableFrame(mfn);
  if (page === undefined) return fail('EINVAL');
  domain.moveVcpuInfo(page + offset);
  return 0;
}

function setSingleShot({ guest, time }: XenDomain, address: bigint): Result {
  const wanted = guest.readStruct(vcpuSetSingleShotTimer, address);
  if (!wanted) return fail('EFAULT');
  const at = Number(wanted.timeout_abs_ns);
  if (wanted.flags & 1 && at < time.now) return fail('ETIME');
  time.setSingleShot(at);
  return 0;
}

/** vcpu_op (Xen public/vcpu.h): operation, processor, argument. */
export const vcpuOp: Hypercall = {
  number: 24,
  name: 'vcpu_op',
  operations: [
    onProcessor(0, 'initialise', ({ guest }, at) => (guest.read(at, 8) ? fail('EEXIST') : fail('EFAULT'))),
    onProcessor(1, 'up', () => 0),
    onProcessor(2, 'down', (domain) => {
      // The only one: nothing runs any more, and nothing could bring it up.
      domain.machine.end('dead-halt', 'the guest took its only processor down');
      return 0;
    }),
    onProcessor(3, 'is_up', () => 1),
    onProcessor(4, 'get_runstate_info', (domain, at) =>
      domain.guest.write(at, runstateOf(domain)) ? 0 : fail('EFAULT'),
    ),
    onProcessor(5, 'register_runstate_memory_area', (domain, at) => {
      const area = domain.guest.readStruct(vcpuRegisterRunstateArea, at)?.['addr.p'];
      if (area === undefined) return fail('EFAULT');
      domain.runstateArea = area;
      // A place that cannot be written is the guest's trouble later, not an error now.
      if (area !== 0n && domain.guest.read(area, vcpuRunstateInfo.size))
        domain.guest.write(area, runstateOf(domain));
      return 0;
    }),
    onProcessor(6, 'set_periodic_timer', ({ guest, time }, at) => {
      const period = guest.readStruct(vcpuSetPeriodicTimer, at)?.period_ns;
      if (period === undefined) return fail('EFAULT');
      return time.setPeriodic(Number(period)) ? 0 : fail('EINVAL');
    }),
    onProcessor(7, 'stop_periodic_timer', ({ time }) => {
      time.stopPeriodic();
      return 0;
    }),
    onProcessor(8, 'set_singleshot_timer', setSingleShot),
    onProcessor(9, 'stop_singleshot_timer', ({ time }) => {
      time.stopSingleShot();
      return 0;
    }),
    onProcessor(10, 'register_vcpu_info', registerVcpuInfo),
    refused(11, 'send_nmi', 'ENOSYS'),
    // Only of processors that are pinned.
    refused(12, 'get_physid', 'EINVAL'),
    onProcessor(13, 'register_vcpu_time_memory_area', (domain, at) => {
      const area = domain.guest.readStruct(vcpuRegisterTimeArea, at)?.['addr.p'];
      if (area === undefined) return fail('EFAULT');
      const { tsc_shift, time_version } = xenVcpuInfo.fields;
      const from = domain.vcpuInfo + time_version.offset;
      const size = tsc_shift.offset + 4 - time_version.offset;
      const time = domain.machine.memory.ram(from, size).slice();
      return domain.guest.write(area, time) ? 0 : fail('EFAULT');
    }),
    // From Xen 4.19 on.
    refused(14, 'register_runstate_phys_area', 'ENOSYS'),
    refused(15, 'register_vcpu_time_phys_area', 'ENOSYS'),
  ],
};
