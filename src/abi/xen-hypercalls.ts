/** Hypercalls by number (Xen public/xen.h, __HYPERVISOR_*): those a guest of ours makes. */
export const hypercall = {
  update_va_mapping: 14,
  xen_version: 17,
  console_io: 18,
  sched_op: 29,
  event_channel_op: 32,
} as const;

/** First argument of console_io. */
export const CONSOLEIO_WRITE = 0;

/** First argument of sched_op (Xen public/sched.h); shutdown takes a reason. */
export const schedop = { yield: 0, shutdown: 2 } as const;
export const SHUTDOWN_POWEROFF = 0;

/** First argument of event_channel_op (Xen public/event_channel.h). */
export const EVTCHNOP_SEND = 4;

/** Flags of update_va_mapping. */
export const UVMF_INVLPG = 2;

/** Each stub of the hypercall page takes so many bytes; they lie in the order of their numbers. */
export const HYPERCALL_STUB_SIZE = 32;
