import { DOMID } from '../../../abi/xen.js';
import { xenHvmParam } from '../../../abi/xen-structures.js';
import {
  type Arguments,
  fail,
  forbidden,
  type Hypercall,
  implemented,
  type Result,
  refused,
} from '../../xen/hypercall.js';
import { HVM_PARAM, type PvhDomain } from '../domain.js';

const isSelf = (id: number): boolean => id === DOMID.self || id === 1;

function readParam(domain: PvhDomain, [, at]: Arguments) {
  const param = domain.guest.readStruct(xenHvmParam, at);
  if (!param) return fail('EFAULT');
  if (!isSelf(param.domid)) return fail('ESRCH');
  return param.index < HVM_PARAM.count ? param : fail('EINVAL');
}

function setParam(domain: PvhDomain, args: Arguments): Result {
  const param = readParam(domain, args);
  if (typeof param === 'number') return param;
  // The rest is the toolstack's.
  if (param.index !== HVM_PARAM.callbackIrq) return fail('EPERM');
  domain.params[param.index] = param.value;
  domain.setCallback(param.value);
  return 0;
}

function getParam(domain: PvhDomain, args: Arguments): Result {
  const param = readParam(domain, args);
  if (typeof param === 'number') return param;
  return domain.guest.writeFields(xenHvmParam, args[1], { value: domain.params[param.index]! })
    ? 0
    : fail('EFAULT');
}

/** hvm_op (Xen public/hvm/hvm_op.h). */
export const hvmOp: Hypercall<PvhDomain> = {
  number: 34,
  name: 'hvm_op',
  operations: [
    implemented(0, 'set_param', setParam),
    implemented(1, 'get_param', getParam),
    forbidden(2, 'set_pci_intx_level'),
    forbidden(3, 'set_isa_irq_level'),
    forbidden(4, 'set_pci_link_route'),
    implemented(5, 'flush_tlbs', ({ machine }) => {
      machine.cpu.flushTlb();
      return 0;
    }),
    forbidden(6, 'track_dirty_vram'),
    forbidden(7, 'modified_memory'),
    forbidden(8, 'set_mem_type'),
    // Only shadow paging wants to know.
    refused(9, 'pagetable_dying', 'ENOSYS'),
    implemented(10, 'get_time', ({ guest, time }, [, at]) =>
      guest.writeU64(at, BigInt(time.now)) ? 0 : fail('EFAULT'),
    ),
    refused(11, 'xentrace', 'ENOSYS'),
    forbidden(12, 'set_mem_access'),
    forbidden(13, 'get_mem_access'),
    forbidden(14, 'inject_trap'),
    refused(15, 'get_mem_type', 'EOPNOTSUPP'),
    forbidden(16, 'inject_msi'),
    forbidden(17, 'create_ioreq_server'),
    forbidden(18, 'get_ioreq_server_info'),
    forbidden(19, 'map_io_range_to_ioreq_server'),
    forbidden(20, 'unmap_io_range_from_ioreq_server'),
    forbidden(21, 'destroy_ioreq_server'),
    forbidden(22, 'set_ioreq_server_state'),
    // Not in CPUID leaf 40000004, so guests use HVM_PARAM_CALLBACK_IRQ.
    refused(23, 'set_evtchn_upcall_vector', 'EOPNOTSUPP'),
    refused(24, 'guest_request_vm_event', 'ENOSYS'),
    forbidden(25, 'altp2m'),
  ],
};
