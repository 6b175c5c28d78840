import { type Field, field, struct } from '../core/struct.js';
import type { Abi } from './abi.js';
import { zeropageNote } from './zeropage-notes.js';

/*
 * Op tables: what a kernel does differently on each type of hypervisor, one table a type, every operation in each.
 * docs/op-tables.md and include/zeropage/op-table.h are generated from this file (tools/table/op-tables.ts).
 */

/** "zPOT" in memory. */
export const OP_TABLE_MAGIC = 0x544f507a;
/** "zPOD" in memory. */
export const OP_DIRECTORY_MAGIC = 0x444f507a;
export const OP_TABLE_VERSION = 1;

/** The sections the records are collected in. */
export const OP_TABLES_SECTION = '.zeropage.op_tables';
export const OP_CALLS_SECTION = '.zeropage.op_calls';
export const OP_DIRECTORY_SECTION = '.zeropage.op_directory';

/** An operation's parameters in C and what it does; `returns` where it has a result. All are 64 bits wide to the machine. */
export interface OperationDescription {
  readonly parameters: readonly (readonly [type: string, name: string])[];
  readonly returns?: string;
  readonly meaning: string;
}

/** Every operation, in the order of their numbers. */
export const operations = {
  console_write: { parameters: [['uint8_t', 'byte']], meaning: 'writes a byte to the console' },
  halt: { parameters: [], meaning: 'waits for an interrupt, which it enables' },
  irq_enable: { parameters: [], meaning: 'enables interrupts' },
  irq_disable: { parameters: [], meaning: 'disables interrupts' },
  irq_save: { parameters: [], returns: 'uint64_t', meaning: 'disables interrupts; what irq_restore takes' },
  irq_restore: { parameters: [['uint64_t', 'saved']], meaning: 'enables interrupts if they were' },
  cpuid: {
    parameters: [
      ['uint32_t', 'leaf'],
      ['uint32_t', 'subleaf'],
      ['uint32_t *', 'registers'],
    ],
    meaning: 'writes EAX, EBX, ECX and EDX to registers',
  },
  read_msr: {
    parameters: [['uint32_t', 'index']],
    returns: 'uint64_t',
    meaning: 'a model-specific register',
  },
  write_msr: {
    parameters: [
      ['uint32_t', 'index'],
      ['uint64_t', 'value'],
    ],
    meaning: 'sets a model-specific register',
  },
  read_cr3: { parameters: [], returns: 'uint64_t', meaning: 'CR3: where the page tables are' },
  write_cr3: { parameters: [['uint64_t', 'value']], meaning: 'sets CR3, which flushes the TLB' },
  flush_tlb_page: { parameters: [['uint64_t', 'address']], meaning: 'forgets the translation of a page' },
  set_page_entry: {
    parameters: [
      ['uint64_t *', 'entry'],
      ['uint64_t', 'value'],
    ],
    meaning: 'sets an entry of a page table',
  },
  read_time: { parameters: [], returns: 'uint64_t', meaning: 'time stamp counter: never goes back' },
} as const satisfies Record<string, OperationDescription>;

export type OperationName = keyof typeof operations;
export const operationNames = Object.keys(operations) as OperationName[];
/** Numbers of the operations. */
export const operationNumber = Object.fromEntries(
  operationNames.map((name, number) => [name, number]),
) as Readonly<Record<OperationName, number>>;

/** What op_entry.kind says of an operation. */
export const opKind = {
  /** Nothing: an error. */
  missing: 0,
  /** The same as without a hypervisor. */
  native: 1,
  /** This table's own. */
  own: 2,
  /** Must not be called: it traps with an invalid opcode. */
  forbidden: 3,
} as const;

/** Bits of op_directory.flags. */
export const opDirectoryFlag = {
  /** `zeropage link` has checked it. */
  linked: 1,
} as const;

/** What install_operations returns below 0. Nothing has been changed then. */
export const opError = {
  /** Magic, version or number of operations is not as expected, or the image was not linked with `zeropage link`. */
  'bad-directory': -1,
  /** No table for this type of hypervisor. */
  'no-table': -2,
  /** The table that applies says nothing about an operation, or calls one native that nobody provides. */
  'missing-operation': -3,
  /** A boot module brings operations, but is broken. */
  'bad-module': -4,
  /** A call site does not hold a call of its operation. */
  'bad-call': -5,
} as const;

const source = 'zeropage docs/op-tables.md';

export const opEntry = struct('op_entry', source, {
  function: field(0, 'u64', 'the function; 0 where kind says enough'),
  kind: field(8, 'u32', 'OP_KIND_xxx'),
  reserved: field(12, 'u32', '0'),
});

const ENTRIES = 32;
const entryFields = Object.fromEntries(
  operationNames.map((name, number) => [
    name,
    field(ENTRIES + number * opEntry.size, { bytes: opEntry.size }, operations[name].meaning),
  ]),
) as Readonly<Record<OperationName, Field<{ bytes: number }>>>;

/** The size is a power of two, so that no compiler's alignment can leave gaps between tables. */
export const opTable = struct('op_table', source, {
  magic: field(0, 'u32', 'OP_TABLE_MAGIC, "zPOT" in memory'),
  version: field(4, 'u32', 'OP_TABLE_VERSION'),
  hypervisors: field(8, 'u32', 'whom it is for: bit n for HYPERVISOR_TYPE_xxx n'),
  count: field(12, 'u32', 'number of operations'),
  self: field(16, 'u64', 'address of this structure as linked: what it is off by, all pointers are off by'),
  name: field(24, 'u64', 'its name'),
  ...entryFields,
});

export const opCall = struct('op_call', source, {
  address: field(0, 'u64', 'of the call instruction, as linked'),
  operation: field(8, 'u32', 'OPERATION_xxx'),
  direct: field(12, 'u32', '1: has been made a direct call'),
});

export const opDirectory = struct('op_directory', source, {
  magic: field(0, 'u32', 'OP_DIRECTORY_MAGIC, "zPOD" in memory'),
  version: field(4, 'u32', 'OP_TABLE_VERSION'),
  flags: field(8, 'u32', 'OP_DIRECTORY_FLAG_xxx'),
  count: field(12, 'u32', 'number of operations'),
  self: field(16, 'u64', 'address of this structure as linked'),
  tables: field(24, 'u64', 'array of op_table. Set by zeropage link'),
  calls: field(32, 'u64', 'array of op_call. Set by zeropage link'),
  table_count: field(40, 'u32', 'Set by zeropage link'),
  call_count: field(44, 'u32', 'Set by zeropage link'),
  slots: field(48, 'u64', 'array of the functions in force, by operation: what calls go through'),
  natives: field(56, 'u64', 'array of the native functions, by operation. Set by zeropage link'),
});

/** Descriptor of the note in a boot module. */
export const opModuleNote = struct('op_module_note', source, {
  version: field(0, 'u32', 'OP_TABLE_VERSION'),
  reserved: field(4, 'u32', '0'),
  table: field(8, 'u64', 'distance from this field to the op_table, signed'),
});

/** Where the entry of an operation stands in its table. */
export const entryOffset = (name: OperationName): number => opTable.fields[name].offset;

export const opTablesAbi = {
  structs: [opEntry, opTable, opCall, opDirectory, opModuleNote],
  enums: {
    OPERATION: operationNumber,
    OP_KIND: opKind,
    OP_DIRECTORY_FLAG: opDirectoryFlag,
    OP_ERROR: opError,
  },
  constants: {
    OP_TABLE_MAGIC,
    OP_DIRECTORY_MAGIC,
    OP_TABLE_VERSION,
    OPERATION_COUNT: operationNames.length,
    NOTE_OPERATIONS: zeropageNote.operations,
  },
  cTypes: {
    op_entry: { function: 'zeropage_function' },
    op_table: {
      self: 'struct zeropage_op_table *',
      name: 'const char *',
      ...Object.fromEntries(operationNames.map((name) => [name, 'struct zeropage_op_entry'])),
    },
    op_directory: {
      self: 'struct zeropage_op_directory *',
      tables: 'struct zeropage_op_table *',
      calls: 'struct zeropage_op_call *',
      slots: 'zeropage_function *',
      natives: 'zeropage_function *',
    },
  },
} as const satisfies Abi;
