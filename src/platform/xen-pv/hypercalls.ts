import type { Hypercall } from '../xen/hypercall.js';
import { refused } from '../xen/hypercall.js';
import { consoleIo } from '../xen/hypercalls/console-io.js';
import { eventChannelOp } from '../xen/hypercalls/event-channel.js';
import { grantTableOp } from '../xen/hypercalls/grant-table.js';
import { multicallOp } from '../xen/hypercalls/multicall.js';
import { schedOp, schedOpCompat, setTimerOp } from '../xen/hypercalls/sched.js';
import { vcpuOp } from '../xen/hypercalls/vcpu.js';
import { vmAssist } from '../xen/hypercalls/vm-assist.js';
import { xenVersion } from '../xen/hypercalls/xen-version.js';
import type { PvDomain } from './domain.js';
import { descriptorOperations } from './hypercalls/descriptors.js';
import { pvMemoryOp } from './hypercalls/memory.js';
import { mmuOperations } from './hypercalls/mmu.js';
import { physdevOp } from './hypercalls/physdev.js';
import { processorOperations } from './hypercalls/processor.js';

/** Every hypercall of Xen's public headers, and what a paravirtual domain gets for it. What is not here gets ENOSYS. */
export const pvHypercalls: readonly Hypercall<PvDomain>[] = [
  ...processorOperations,
  ...mmuOperations,
  ...descriptorOperations,
  pvMemoryOp,
  multicallOp,
  physdevOp,
  schedOpCompat,
  setTimerOp,
  xenVersion,
  consoleIo,
  grantTableOp,
  vmAssist,
  vcpuOp,
  schedOp,
  eventChannelOp,
  refused(7, 'platform_op', 'EPERM'),
  refused(16, 'event_channel_op_compat', 'ENOSYS'),
  refused(19, 'physdev_op_compat', 'ENOSYS'),
  // Xen without XSM, Xenoprof, tmem, Argo and hypfs says so.
  refused(27, 'xsm_op', 'ENOSYS'),
  refused(31, 'xenoprof_op', 'ENOSYS'),
  refused(34, 'hvm_op', 'ENOSYS'),
  refused(35, 'sysctl', 'EPERM'),
  refused(36, 'domctl', 'EPERM'),
  refused(37, 'kexec_op', 'EPERM'),
  refused(38, 'tmem_op', 'ENOSYS'),
  refused(39, 'argo_op', 'ENOSYS'),
  refused(40, 'xenpmu_op', 'EOPNOTSUPP'),
  refused(41, 'dm_op', 'EPERM'),
  refused(42, 'hypfs_op', 'ENOSYS'),
  // do_mca is the privileged domain's.
  refused(48, 'mca', 'EPERM'),
  refused(49, 'paging_domctl_cont', 'ENOSYS'),
];
