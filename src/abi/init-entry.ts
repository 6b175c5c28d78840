import { field, struct } from '../core/struct.js';
import type { Abi } from './abi.js';
import { hypervisorType } from './boot-information.js';
import { hardwareSubarch } from './hardware-subarch.js';
import { INIT_LOG_MAGIC, initLog, initLogFlag, initLogRecord, initStatus } from './init-log.js';

/*
 * Init tables: initialisers that declare what they need, collected by the linker from all objects of a kernel, sorted by
 * `zeropage link` and walked at boot. docs/init-tables.md and include/zeropage/init-table.h are generated from this file and
 * init-log.ts (tools/table/init-tables.ts).
 */

/** "zPIT" in memory. */
export const INIT_TABLE_MAGIC = 0x5449507a;
export const INIT_TABLE_VERSION = 1;
export const INIT_MAX_DEPENDENCIES = 14;
/** More are refused when they are linked. */
export const INIT_MAX_ENTRIES = 4096;

/** The sections the records are collected in. */
export const INIT_SECTION = '.zeropage.init';
export const INIT_LOG_SECTION = '.zeropage.init_log';
export const INIT_TABLE_SECTION = '.zeropage.init_table';

/** Second argument of run_init_tables. */
export const initStage = { early: 0, setup: 1, late: 2 } as const;

/** Bits of init_entry.flags. */
export const initFlag = {
  /** When it is detected, the rest of its group is not asked. */
  'finish-if-detected': 1,
} as const;

/** Bits of init_table.flags. */
export const initTableFlag = {
  /** `zeropage link` has checked and sorted it. */
  linked: 1,
} as const;

/** What run_init_tables returns below 0. */
export const initError = {
  /** boot_information.init_tables is 0. */
  'no-table': -1,
  /** Magic, version or size of table or log is not as expected, or the image was not linked with `zeropage link`. */
  'bad-table': -2,
  /** Not the stage whose turn it is: each runs once, in order. */
  'wrong-stage': -3,
} as const;

/** The axes an initialiser must declare itself on, in the order of its masks. */
export const initAxes = [
  { name: 'hypervisor', values: hypervisorType },
  { name: 'hardware subarch', values: hardwareSubarch },
] as const;

const source = 'zeropage docs/init-tables.md';

/** The size is a power of two, so that no compiler's alignment can leave gaps between records. */
export const initEntry = struct('init_entry', source, {
  version: field(0, 'u16', 'INIT_TABLE_VERSION'),
  size: field(2, 'u16', 'size of this structure in bytes'),
  order: field(4, 'u32', 'order level: lower comes first'),
  name: field(8, 'u64', 'its name, printable and without blanks'),
  depends: field(16, 'u64', 'names of what must have run before, separated by blanks; 0: none'),
  group: field(24, 'u64', 'name of the group of alternatives it belongs to; 0: none'),
  detect: field(32, 'u64', 'whether what it is for is there: above 0 if so; 0: always'),
  early: field(40, 'u64', 'called in stage early, right after detect; 0: nothing to do'),
  setup: field(48, 'u64', 'called in stage setup'),
  late: field(56, 'u64', 'called in stage late'),
  flags: field(64, 'u32', 'INIT_FLAG_xxx'),
  require_hypervisors: field(68, 'u32', 'where it must run: bit n for HYPERVISOR_TYPE_xxx n'),
  support_hypervisors: field(72, 'u32', 'where it can run'),
  forbid_hypervisors: field(76, 'u32', 'where it must not run, whatever the other two say'),
  require_subarchs: field(80, 'u32', 'the same for HARDWARE_SUBARCH_xxx'),
  support_subarchs: field(84, 'u32'),
  forbid_subarchs: field(88, 'u32'),
  group_index: field(92, 'u32', 'number of the group, from 1; 0: none. Set by zeropage link'),
  dependency_count: field(96, 'u32', 'number of dependencies. Set by zeropage link'),
  dependencies: field(100, { bytes: 2 * INIT_MAX_DEPENDENCIES }, 'their indexes. Set by zeropage link'),
});

export const initTable = struct('init_table', source, {
  magic: field(0, 'u32', 'INIT_TABLE_MAGIC, "zPIT" in memory'),
  version: field(4, 'u32', 'INIT_TABLE_VERSION'),
  flags: field(8, 'u32', 'INIT_TABLE_FLAG_xxx'),
  count: field(12, 'u32', 'number of entries. Set by zeropage link'),
  self: field(16, 'u64', 'address of this structure as linked: what it is off by, all pointers are off by'),
  entries: field(24, 'u64', 'array of init_entry. Set by zeropage link'),
  log: field(32, 'u64', 'the init_log'),
  entry_size: field(40, 'u32', 'size of an init_entry'),
  reserved: field(44, 'u32', '0'),
});

const pointerToText = 'const char *';
const callback = 'zeropage_init_callback';

export const initTablesAbi = {
  structs: [initEntry, initTable, initLog, initLogRecord],
  enums: {
    INIT_STAGE: initStage,
    INIT_FLAG: initFlag,
    INIT_TABLE_FLAG: initTableFlag,
    INIT_STATUS: initStatus,
    INIT_LOG_FLAG: initLogFlag,
    INIT_ERROR: initError,
  },
  constants: {
    INIT_TABLE_MAGIC,
    INIT_LOG_MAGIC,
    INIT_TABLE_VERSION,
    INIT_MAX_DEPENDENCIES,
    INIT_MAX_ENTRIES,
  },
  cTypes: {
    init_entry: {
      name: pointerToText,
      depends: pointerToText,
      group: pointerToText,
      detect: callback,
      early: callback,
      setup: callback,
      late: callback,
      dependencies: `uint16_t [${INIT_MAX_DEPENDENCIES}]`,
    },
    init_table: {
      self: 'struct zeropage_init_table *',
      entries: 'struct zeropage_init_entry *',
      log: 'struct zeropage_init_log *',
    },
    init_log: { records: 'struct zeropage_init_log_record *' },
    init_log_record: {
      detect_result: 'int32_t',
      early_result: 'int32_t',
      setup_result: 'int32_t',
      late_result: 'int32_t',
    },
  },
} as const satisfies Abi;
