import { initEntry, initStage, initTable } from '../../abi/init-entry.js';
import {
  INIT_LOG_MAGIC,
  initLog,
  initLogFlag,
  initLogRecord,
  initStatus,
  NO_BLOCKER,
} from '../../abi/init-log.js';
import { Bytes } from '../../core/bytes.js';
import { hex, ImageError } from '../../core/errors.js';
import type { InitStage } from './initialiser.js';

/** Bytes of the guest's memory, by the addresses its own pointers have. Throws where there is none. */
export type ReadMemory = (address: bigint, size: number) => Uint8Array;

export type InitStatus = keyof typeof initStatus;

/** What became of one initialiser. */
export interface InitOutcome {
  readonly name: string;
  readonly order: number;
  /** Required on the hypervisor and subarch it was walked on. */
  readonly required: boolean;
  /** In force ('ran'), or why not. */
  readonly verdict: InitStatus;
  /** Name of the initialiser that kept it from running. */
  readonly blockedBy?: string;
  /** What detect returned; 0 also where it was not asked. */
  readonly detected: number;
  /** `result` is what the callback returned, where it ran. */
  readonly stages: Readonly<Record<InitStage, { readonly status: InitStatus; readonly result: number }>>;
}

/** The log of a walk, in the order of the table. */
export interface InitLog {
  /** Stages that have run, in order. */
  readonly stages: readonly InitStage[];
  /** Required initialisers that are not in force. */
  readonly missing: number;
  readonly outcomes: readonly InitOutcome[];
}

const statusNames = new Map<number, InitStatus>(
  Object.entries(initStatus).map(([name, value]) => [value, name as InitStatus]),
);
const stageNames = Object.keys(initStage) as InitStage[];
const MAX_NAME = 64;

/**
 * Reads what a walk of the init tables recorded; `tables` is boot_information.init_tables. Throws ImageError where the memory does
 * not hold a table and its log.
 */
export function readInitLog(read: ReadMemory, tables: bigint): InitLog {
  const at = (address: bigint, size: number, what: string): Bytes =>
    new Bytes(read(address, size), `${what} at ${hex(address)}`);
  const table = initTable.read(at(tables, initTable.size, 'init table'));
  const delta = BigInt.asUintN(64, tables - table.self);
  const moved = (pointer: bigint): bigint => BigInt.asUintN(64, pointer + delta);
  const logAt = moved(table.log);
  const log = initLog.read(at(logAt, initLog.size, 'init log'));
  if (log.magic !== INIT_LOG_MAGIC || log.count !== table.count || log.record_size !== initLogRecord.size) {
    throw new ImageError(`no init log at ${hex(logAt)}`);
  }
  const entries = at(moved(table.entries), table.count * initEntry.size, 'init entries');
  const records = at(moved(log.records), log.count * initLogRecord.size, 'init log records');
  const nameOf = (index: number): string => {
    const name = entries.u64(index * initEntry.size + initEntry.fields.name.offset);
    return text(read, moved(name));
  };
  const outcomes = Array.from({ length: table.count }, (_, index): InitOutcome => {
    const entry = initEntry.read(entries, index * initEntry.size);
    const record = initLogRecord.read(records, index * initLogRecord.size);
    return {
      name: nameOf(index),
      order: entry.order,
      required: (record.flags & initLogFlag.required) !== 0,
      verdict: statusName(record.verdict),
      ...(record.blocker !== NO_BLOCKER &&
        record.blocker < table.count &&
        record.verdict !== initStatus.pending && { blockedBy: nameOf(record.blocker) }),
      detected: record.detect_result | 0,
      stages: {
        early: { status: statusName(record.early), result: record.early_result | 0 },
        setup: { status: statusName(record.setup), result: record.setup_result | 0 },
        late: { status: statusName(record.late), result: record.late_result | 0 },
      },
    };
  });
  return { stages: stageNames.slice(0, log.next_stage), missing: log.missing, outcomes };
}

function statusName(value: number): InitStatus {
  const name = statusNames.get(value);
  if (name === undefined) throw new ImageError(`init log: status ${value} is none`);
  return name;
}

function text(read: ReadMemory, address: bigint): string {
  let name = '';
  // One byte at a time: what lies behind a name need not be memory.
  for (let i = 0; i < MAX_NAME; i++) {
    const [byte] = read(address + BigInt(i), 1);
    if (!byte) break;
    name += String.fromCharCode(byte);
  }
  return name;
}
