import { field, struct } from '../core/struct.js';

/**
 * What hypercalls are given pointers to, in the layout of 64-bit x86 guests. Names are those of Xen's public headers, a dot
 * leading into a union or structure within; signed fields are declared unsigned.
 */

const grants = 'Xen public/grant_table.h';
export const gnttabMapGrantRef = struct('gnttab_map_grant_ref', grants, {
  host_addr: field(0, 'u64'),
  flags: field(8, 'u32'),
  ref: field(12, 'u32'),
  dom: field(16, 'u16'),
  status: field(18, 'u16'),
  handle: field(20, 'u32'),
  dev_bus_addr: field(24, 'u64'),
});
export const gnttabUnmapGrantRef = struct(
  'gnttab_unmap_grant_ref',
  grants,
  {
    host_addr: field(0, 'u64'),
    dev_bus_addr: field(8, 'u64'),
    handle: field(16, 'u32'),
    status: field(20, 'u16'),
  },
  24,
);
export const gnttabUnmapAndReplace = struct(
  'gnttab_unmap_and_replace',
  grants,
  {
    host_addr: field(0, 'u64'),
    new_addr: field(8, 'u64'),
    handle: field(16, 'u32'),
    status: field(20, 'u16'),
  },
  24,
);
export const gnttabSetupTable = struct('gnttab_setup_table', grants, {
  dom: field(0, 'u16'),
  nr_frames: field(4, 'u32'),
  status: field(8, 'u16'),
  frame_list: field(16, 'u64', 'where the frame numbers go'),
});
export const gnttabTransfer = struct(
  'gnttab_transfer',
  grants,
  {
    mfn: field(0, 'u64'),
    domid: field(8, 'u16'),
    ref: field(12, 'u32'),
    status: field(16, 'u16'),
  },
  24,
);
export const gnttabCopy = struct(
  'gnttab_copy',
  grants,
  {
    'source.domid': field(8, 'u16'),
    'source.offset': field(10, 'u16'),
    'dest.domid': field(24, 'u16'),
    'dest.offset': field(26, 'u16'),
    len: field(32, 'u16'),
    flags: field(34, 'u16'),
    status: field(36, 'u16'),
  },
  40,
);
export const gnttabQuerySize = struct(
  'gnttab_query_size',
  grants,
  {
    dom: field(0, 'u16'),
    nr_frames: field(4, 'u32'),
    max_nr_frames: field(8, 'u32'),
    status: field(12, 'u16'),
  },
  16,
);
export const gnttabSetVersion = struct('gnttab_set_version', grants, { version: field(0, 'u32') });
export const gnttabGetVersion = struct('gnttab_get_version', grants, {
  dom: field(0, 'u16'),
  version: field(4, 'u32'),
});

const events = 'Xen public/event_channel.h';
export const evtchnBindInterdomain = struct('evtchn_bind_interdomain', events, {
  remote_dom: field(0, 'u16'),
  remote_port: field(4, 'u32'),
  local_port: field(8, 'u32'),
});
export const evtchnBindVirq = struct('evtchn_bind_virq', events, {
  virq: field(0, 'u32'),
  vcpu: field(4, 'u32'),
  port: field(8, 'u32'),
});
export const evtchnBindIpi = struct('evtchn_bind_ipi', events, {
  vcpu: field(0, 'u32'),
  port: field(4, 'u32'),
});
export const evtchnBindVcpu = struct('evtchn_bind_vcpu', events, {
  port: field(0, 'u32'),
  vcpu: field(4, 'u32'),
});
export const evtchnAllocUnbound = struct('evtchn_alloc_unbound', events, {
  dom: field(0, 'u16'),
  remote_dom: field(2, 'u16'),
  port: field(4, 'u32'),
});
export const evtchnClose = struct('evtchn_close', events, { port: field(0, 'u32') });
export const evtchnSend = struct('evtchn_send', events, { port: field(0, 'u32') });
export const evtchnUnmask = struct('evtchn_unmask', events, { port: field(0, 'u32') });
export const evtchnReset = struct('evtchn_reset', events, { dom: field(0, 'u16') });
export const evtchnStatus = struct('evtchn_status', events, {
  dom: field(0, 'u16'),
  port: field(4, 'u32'),
  status: field(8, 'u32'),
  vcpu: field(12, 'u32'),
  'u.unbound.dom': field(16, 'u16'),
  'u.interdomain.dom': field(16, 'u16'),
  'u.interdomain.port': field(20, 'u32'),
  'u.virq': field(16, 'u32'),
});

const scheduler = 'Xen public/sched.h';
export const schedPoll = struct('sched_poll', scheduler, {
  ports: field(0, 'u64'),
  nr_ports: field(8, 'u32'),
  timeout: field(16, 'u64', 'system time in ns; 0: never'),
});
export const schedShutdown = struct('sched_shutdown', scheduler, { reason: field(0, 'u32') });

const processors = 'Xen public/vcpu.h';
export const vcpuRegisterVcpuInfo = struct(
  'vcpu_register_vcpu_info',
  processors,
  { mfn: field(0, 'u64'), offset: field(8, 'u32') },
  16,
);
export const vcpuSetSingleShotTimer = struct(
  'vcpu_set_singleshot_timer',
  processors,
  { timeout_abs_ns: field(0, 'u64'), flags: field(8, 'u32', 'bit 0: it must be in the future') },
  16,
);
export const vcpuSetPeriodicTimer = struct('vcpu_set_periodic_timer', processors, {
  period_ns: field(0, 'u64'),
});
export const vcpuRunstateInfo = struct('vcpu_runstate_info', processors, {
  state: field(0, 'u32'),
  state_entry_time: field(8, 'u64'),
  time: field(16, { bytes: 32 }, 'ns in each of the four states'),
});
export const vcpuRegisterRunstateArea = struct('vcpu_register_runstate_memory_area', processors, {
  'addr.p': field(0, 'u64'),
});
export const vcpuRegisterTimeArea = struct('vcpu_register_time_memory_area', processors, {
  'addr.p': field(0, 'u64'),
});

const memory = 'Xen public/memory.h';
export const xenMemoryReservation = struct(
  'xen_memory_reservation',
  memory,
  {
    extent_start: field(0, 'u64', 'list of frames'),
    nr_extents: field(8, 'u64'),
    extent_order: field(16, 'u32', 'of 2'),
    mem_flags: field(20, 'u32'),
    domid: field(24, 'u16'),
  },
  32,
);
export const xenMemoryExchange = struct('xen_memory_exchange', memory, {
  'in.extent_start': field(0, 'u64', 'list of frames'),
  'in.nr_extents': field(8, 'u64'),
  'in.extent_order': field(16, 'u32', 'of 2'),
  'in.mem_flags': field(20, 'u32'),
  'in.domid': field(24, 'u16'),
  'out.extent_start': field(32, 'u64', 'list of pseudo-physical frames, then of frames'),
  'out.nr_extents': field(40, 'u64'),
  'out.extent_order': field(48, 'u32'),
  'out.mem_flags': field(52, 'u32', 'bits 7–0: bits of an address, 0: any'),
  'out.domid': field(56, 'u16'),
  nr_exchanged: field(64, 'u64', 'of the extents in `in`'),
});
export const xenMachphysMfnList = struct(
  'xen_machphys_mfn_list',
  memory,
  {
    max_extents: field(0, 'u32'),
    extent_start: field(8, 'u64'),
    nr_extents: field(16, 'u32'),
  },
  24,
);
export const xenMachphysMapping = struct('xen_machphys_mapping', memory, {
  v_start: field(0, 'u64'),
  v_end: field(8, 'u64'),
  max_mfn: field(16, 'u64'),
});
export const xenAddToPhysmap = struct('xen_add_to_physmap', memory, {
  domid: field(0, 'u16'),
  size: field(2, 'u16'),
  space: field(4, 'u32'),
  idx: field(8, 'u64'),
  gpfn: field(16, 'u64'),
});
export const xenRemoveFromPhysmap = struct('xen_remove_from_physmap', memory, {
  domid: field(0, 'u16'),
  gpfn: field(8, 'u64'),
});
export const xenMemoryMap = struct('xen_memory_map', memory, {
  nr_entries: field(0, 'u32'),
  buffer: field(8, 'u64'),
});

export const xenFeatureInfo = struct('xen_feature_info', 'Xen public/version.h', {
  submap_idx: field(0, 'u32'),
  submap: field(4, 'u32'),
});
export const xenHvmParam = struct('xen_hvm_param', 'Xen public/hvm/hvm_op.h', {
  domid: field(0, 'u16'),
  index: field(4, 'u32'),
  value: field(8, 'u64'),
});

const xen = 'Xen public/xen.h';
export const mmuUpdate = struct('mmu_update', xen, { ptr: field(0, 'u64'), val: field(8, 'u64') });
export const mmuextOp = struct('mmuext_op', xen, {
  cmd: field(0, 'u32'),
  'arg1.mfn': field(8, 'u64'),
  'arg2.vcpumask.p': field(16, 'u64'),
});
export const multicallEntry = struct('multicall_entry', xen, {
  op: field(0, 'u64'),
  result: field(8, 'u64'),
  args: field(16, { bytes: 48 }),
});

export const trapInfo = struct('trap_info', 'Xen public/arch-x86/xen.h', {
  vector: field(0, 'u8'),
  flags: field(1, 'u8', 'privilege level, and bit 2: events are masked'),
  cs: field(2, 'u16'),
  address: field(8, 'u64'),
});
export const callbackRegister = struct('callback_register', 'Xen public/callback.h', {
  type: field(0, 'u16'),
  flags: field(2, 'u16', 'bit 0: events are masked'),
  address: field(8, 'u64'),
});
export const callbackUnregister = struct(
  'callback_unregister',
  'Xen public/callback.h',
  { type: field(0, 'u16') },
  4,
);
export const xennmiCallback = struct(
  'xennmi_callback',
  'Xen public/nmi.h',
  { handler_address: field(0, 'u64') },
  16,
);
export const physdevSetIopl = struct('physdev_set_iopl', 'Xen public/physdev.h', { iopl: field(0, 'u32') });
export const physdevSetIobitmap = struct(
  'physdev_set_iobitmap',
  'Xen public/physdev.h',
  { 'bitmap.p': field(0, 'u64'), nr_ports: field(8, 'u32') },
  16,
);
export const iretContext = struct('iret_context', 'Xen public/arch-x86/xen-x86_64.h', {
  rax: field(0, 'u64'),
  r11: field(8, 'u64'),
  rcx: field(16, 'u64'),
  flags: field(24, 'u64'),
  rip: field(32, 'u64'),
  cs: field(40, 'u64'),
  rflags: field(48, 'u64'),
  rsp: field(56, 'u64'),
  ss: field(64, 'u64'),
});
