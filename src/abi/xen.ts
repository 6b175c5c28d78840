import { field, struct } from '../core/struct.js';

/** Negative results of hypercalls (Xen public/errno.h). */
export const XEN_ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENOSPC: 28,
  ERANGE: 34,
  ENOSYS: 38,
  ENODATA: 61,
  ETIME: 62,
  EOPNOTSUPP: 95,
  ENOBUFS: 105,
} as const;

export type XenErrno = keyof typeof XEN_ERRNO;

/** Domain identifiers (Xen public/xen.h). */
export const DOMID = { self: 0x7ff0, io: 0x7ff1, xen: 0x7ff2, invalid: 0x7ff4 } as const;

/** Flags of start_info (Xen public/xen.h, SIF_*). */
export const SIF = {
  privileged: 1,
  initialDomain: 2,
  multibootModule: 4,
  moduleIsPfn: 8,
  p2mForTools: 16,
} as const;

export const XEN_PV_MAGIC = 'xen-3.0-x86_64';

/** What RSI points to at the PV entry of a 64-bit guest. */
export const xenStartInfo = struct('start_info', 'Xen public/xen.h, struct start_info; x86-64', {
  magic: field(0, { bytes: 32 }, '"xen-3.0-x86_64"'),
  nr_pages: field(32, 'u64', 'pages of memory the domain has'),
  shared_info: field(40, 'u64', 'machine address of struct shared_info'),
  flags: field(48, 'u32', 'SIF_xxx'),
  store_mfn: field(56, 'u64', 'machine frame of the xenstore ring'),
  store_evtchn: field(64, 'u32', 'event channel of xenstore'),
  console_mfn: field(72, 'u64', 'machine frame of the console ring'),
  console_evtchn: field(80, 'u32', 'event channel of the console'),
  pt_base: field(88, 'u64', 'virtual address of the page tables'),
  nr_pt_frames: field(96, 'u64', 'pages of page tables'),
  mfn_list: field(104, 'u64', 'virtual address of the list of frames (p2m)'),
  mod_start: field(112, 'u64', 'the module: its virtual address, or its PFN with SIF_MOD_START_PFN'),
  mod_len: field(120, 'u64', 'bytes of the module'),
  cmd_line: field(128, { bytes: 1024 }, 'command line'),
  first_p2m_pfn: field(
    1152,
    'u64',
    'first PFN of the list of frames, when that is not in the initial mapping',
  ),
  nr_p2m_frames: field(1160, 'u64', 'PFNs of that list and its page tables'),
});

/** One processor's part of shared_info, or where VCPUOP_register_vcpu_info put it. */
export const xenVcpuInfo = struct(
  'vcpu_info',
  'Xen public/xen.h, struct vcpu_info; x86-64',
  {
    evtchn_upcall_pending: field(0, 'u8', 'an event waits'),
    evtchn_upcall_mask: field(1, 'u8', 'events are held back'),
    evtchn_pending_sel: field(8, 'u64', 'words of evtchn_pending to look at'),
    cr2: field(16, 'u64', 'address of the last page fault'),
    time_version: field(32, 'u32', 'odd while the time is being written'),
    tsc_timestamp: field(40, 'u64', 'time-stamp counter at system_time'),
    system_time: field(48, 'u64', 'ns since the domain started'),
    tsc_to_system_mul: field(56, 'u32', 'ns a tick, shifted by 32'),
    tsc_shift: field(60, 'u8', 'ticks are shifted by so much first'),
    time_flags: field(61, 'u8', 'bit 0: the counters of all processors agree'),
  },
  64,
);

/** The page that a guest shares with Xen. */
export const xenSharedInfo = struct('shared_info', 'Xen public/xen.h, struct shared_info; x86-64', {
  vcpu_info: field(0, { bytes: 32 * 64 }, 'of the first 32 processors'),
  evtchn_pending: field(2048, { bytes: 512 }, 'a bit a channel'),
  evtchn_mask: field(2560, { bytes: 512 }, 'a bit a channel'),
  wc_version: field(3072, 'u32', 'odd while the wall clock is being written'),
  wc_sec: field(3076, 'u32', 'wall clock at system time 0'),
  wc_nsec: field(3080, 'u32'),
  wc_sec_hi: field(3084, 'u32'),
  max_pfn: field(3088, 'u64', 'written by the guest, as what follows'),
  pfn_to_mfn_frame_list_list: field(3096, 'u64'),
  nmi_reason: field(3104, 'u64'),
  p2m_cr3: field(3112, 'u64'),
  p2m_vaddr: field(3120, 'u64'),
  p2m_generation: field(3128, 'u64'),
});

/** The ring a paravirtual console lives in. */
export const xenConsoleRing = struct('xencons_interface', 'Xen public/io/console.h', {
  in: field(0, { bytes: 1024 }, 'to the guest'),
  out: field(1024, { bytes: 2048 }, 'from the guest'),
  in_cons: field(3072, 'u32'),
  in_prod: field(3076, 'u32'),
  out_cons: field(3080, 'u32'),
  out_prod: field(3084, 'u32'),
});

/** The ring through which a guest talks to xenstore. */
export const xenStoreRing = struct('xenstore_domain_interface', 'Xen public/io/xs_wire.h', {
  req: field(0, { bytes: 1024 }, 'requests'),
  rsp: field(1024, { bytes: 1024 }, 'replies and watch events'),
  req_cons: field(2048, 'u32'),
  req_prod: field(2052, 'u32'),
  rsp_cons: field(2056, 'u32'),
  rsp_prod: field(2060, 'u32'),
  server_features: field(2064, 'u32'),
  connection: field(2068, 'u32'),
  error: field(2072, 'u32'),
});

/** Virtual interrupts (Xen public/xen.h). */
export const VIRQ = { timer: 0, debug: 1, count: 24 } as const;

/** Selectors of Xen's own descriptors, which every guest has (Xen public/arch-x86/xen-x86_64.h). */
export const XEN_SELECTOR = {
  code32: 0xe023,
  data: 0xe02b,
  code64: 0xe033,
  tss: 0xe040,
  ldt: 0xe050,
} as const;

/** Assists of vm_assist (Xen public/xen.h, VMASST_TYPE_*) that a 64-bit guest has. */
export const ASSIST = {
  segments4gb: 0,
  segments4gbNotify: 1,
  writablePageTables: 2,
  paeExtendedCr3: 3,
  architecturalIopl: 4,
  runstateUpdateFlag: 5,
  m2pStrict: 32,
} as const;

/** Addresses that are Xen's in every guest (Xen public/arch-x86/xen-x86_64.h, HYPERVISOR_VIRT_*). */
export const XEN_AREA = { start: 0xffff800000000000n, end: 0xffff880000000000n } as const;

/** Where Xen's part of a 64-bit guest's address space begins: the table from machine to pseudo-physical frames. */
export const XEN_M2P_START = 0xffff800000000000n;
export const XEN_M2P_END = 0xffff804000000000n;
