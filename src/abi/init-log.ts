import { field, struct } from '../core/struct.js';

/** "zPIL" in memory. */
export const INIT_LOG_MAGIC = 0x4c49507a;

/** Why an initialiser runs or does not; in init_log_record for each stage, and as `verdict` for all that follow. */
export const initStatus = {
  /** The stage has not been run; as verdict: not decided yet. */
  pending: 0,
  /** The callback was called; as verdict: the initialiser is in force. */
  ran: 1,
  /** It is in force, but has no callback for this stage. */
  'no-callback': 2,
  /** Forbidden on this hypervisor or subarch. */
  forbidden: 3,
  /** Neither required nor supported on this hypervisor or subarch. */
  unsupported: 4,
  /** An earlier one of its group was detected and ended the search: see blocker. */
  finished: 5,
  /** What it depends on is not in force: see blocker. */
  'dependency-missing': 6,
  /** Its detect function returned 0 or less. */
  'not-detected': 7,
  /** A callback of an earlier stage returned something other than 0. */
  failed: 8,
} as const;

/** Bits of init_log_record.flags. */
export const initLogFlag = {
  /** Required on this hypervisor and subarch. */
  required: 1,
  /** Was detected, and so ended the search in its group. */
  finisher: 2,
} as const;

export const NO_BLOCKER = 0xffff;

const source = 'zeropage docs/init-tables.md';

export const initLog = struct('init_log', source, {
  magic: field(0, 'u32', 'INIT_LOG_MAGIC, "zPIL" in memory'),
  next_stage: field(4, 'u32', 'INIT_STAGE_xxx that comes next; 3: all have run'),
  count: field(8, 'u32', 'number of records, as of entries. Set by zeropage link'),
  missing: field(12, 'u32', 'required initialisers that are not in force after the last stage that ran'),
  records: field(16, 'u64', 'array of init_log_record, in the order of the entries. Set by zeropage link'),
  record_size: field(24, 'u32', 'size of an init_log_record'),
  reserved: field(28, 'u32', '0'),
});

export const initLogRecord = struct('init_log_record', source, {
  verdict: field(0, 'u8', 'INIT_STATUS_xxx: in force, or why not'),
  early: field(1, 'u8', 'INIT_STATUS_xxx of that stage'),
  setup: field(2, 'u8', 'INIT_STATUS_xxx of that stage'),
  late: field(3, 'u8', 'INIT_STATUS_xxx of that stage'),
  flags: field(4, 'u16', 'INIT_LOG_FLAG_xxx'),
  blocker: field(6, 'u16', 'index of the entry that kept it from running; 0xffff: none'),
  detect_result: field(8, 'u32', 'what detect returned'),
  early_result: field(12, 'u32', 'what the callback returned, where it ran'),
  setup_result: field(16, 'u32'),
  late_result: field(20, 'u32'),
  reserved: field(24, 'u64', '0'),
});
