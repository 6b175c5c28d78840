import { type Hypercall, refused } from '../xen/hypercall.js';
import { consoleIo } from '../xen/hypercalls/console-io.js';
import { eventChannelOp } from '../xen/hypercalls/event-channel.js';
import { grantTableOp } from '../xen/hypercalls/grant-table.js';
import { multicallOp } from '../xen/hypercalls/multicall.js';
import { schedOp, schedOpCompat, setTimerOp } from '../xen/hypercalls/sched.js';
import { vcpuOp } from '../xen/hypercalls/vcpu.js';
import { vmAssist } from '../xen/hypercalls/vm-assist.js';
import { xenVersion } from '../xen/hypercalls/xen-version.js';
import type { PvhDomain } from './domain.js';
import { hvmOp } from './hypercalls/hvm-op.js';
import { pvhMemoryOp } from './hypercalls/memory-op.js';

/** What paravirtual kernels ask for and the processor does here by itself: not there in such a domain. */
const paravirtual = [
  [0, 'set_trap_table'],
  [1, 'mmu_update'],
  [2, 'set_gdt'],
  [3, 'stack_switch'],
  [4, 'set_callbacks'],
  [5, 'fpu_taskswitch'],
  [8, 'set_debugreg'],
  [9, 'get_debugreg'],
  [10, 'update_descriptor'],
  [14, 'update_va_mapping'],
  [22, 'update_va_mapping_otherdomain'],
  [23, 'iret'],
  [25, 'set_segment_base'],
  [26, 'mmuext_op'],
  [28, 'nmi_op'],
  [30, 'callback_op'],
] as const;

/** Every hypercall of Xen's public headers, and what a PVH domain gets for it. What is not here gets ENOSYS. */
export const pvhHypercalls: readonly Hypercall<PvhDomain>[] = [
  ...paravirtual.map(([number, name]) => refused(number, name, 'ENOSYS')),
  pvhMemoryOp,
  hvmOp,
  multicallOp,
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
  refused(27, 'xsm_op', 'ENOSYS'),
  refused(31, 'xenoprof_op', 'ENOSYS'),
  // A domain without PIRQs.
  refused(33, 'physdev_op', 'ENOSYS'),
  refused(35, 'sysctl', 'EPERM'),
  refused(36, 'domctl', 'EPERM'),
  refused(37, 'kexec_op', 'EPERM'),
  refused(38, 'tmem_op', 'ENOSYS'),
  refused(39, 'argo_op', 'ENOSYS'),
  refused(40, 'xenpmu_op', 'EOPNOTSUPP'),
  refused(41, 'dm_op', 'EPERM'),
  refused(42, 'hypfs_op', 'ENOSYS'),
  refused(48, 'mca', 'EPERM'),
  refused(49, 'paging_domctl_cont', 'ENOSYS'),
];
