import {
  INIT_LOG_SECTION,
  INIT_MAX_ENTRIES,
  INIT_SECTION,
  INIT_TABLE_MAGIC,
  INIT_TABLE_SECTION,
  INIT_TABLE_VERSION,
  initEntry,
  initFlag,
  initTable,
  initTableFlag,
} from '../../abi/init-entry.js';
import { INIT_LOG_MAGIC, initLog, initLogRecord } from '../../abi/init-log.js';
import { hex, ImageError } from '../../core/errors.js';
import type { ElfSection } from '../../image/container/elf.js';
import { type Initialiser, linksOf, orderInitialisers } from '../init/initialiser.js';
import { initRecord } from '../init/record.js';
import type { GuestElf } from './guest-elf.js';

/** The init tables of a linked image. */
export interface LinkedInit {
  /** Address of the table, for boot_information.init_tables. */
  readonly address: bigint;
  /** In the order in which they will run. */
  readonly initialisers: readonly Initialiser<bigint>[];
}

/** What was found, and what is wrong with the declarations. */
export interface InitResult {
  readonly init?: LinkedInit;
  readonly problems: readonly string[];
}

const KNOWN_FLAGS = Object.values(initFlag).reduce<number>((all, flag) => all | flag, 0);
const fields = initEntry.fields;

/**
 * Collects, checks and sorts the init tables of an image and rewrites them in place. Images without the section have no init
 * tables. Throws ImageError for records that cannot be what the header's macros make.
 */
export function linkInitTables(file: GuestElf): InitResult {
  const section = file.section(INIT_SECTION);
  if (!section) {
    if (file.section(INIT_TABLE_SECTION)) return { problems: [`${INIT_SECTION}: nothing is declared`] };
    return { problems: [] };
  }
  const records = readRecords(file, section);
  const { sorted, problems } = orderInitialisers(records.map(({ initialiser }) => initialiser));
  if (problems.length > 0) return { problems: problems.map((problem) => `${INIT_SECTION}: ${problem}`) };
  const table = findTable(file);
  const log = findLog(file, table.offset, sorted.length);

  const pointersOf = new Map(records.map((record) => [record.initialiser, record.pointers]));
  const links = linksOf(sorted);
  sorted.forEach((initialiser, index) => {
    const at = section.offset + index * initEntry.size;
    file.data.set(initRecord(initialiser, links[index]!), at);
    file.data.set(pointersOf.get(initialiser)!, at + fields.name.offset);
  });
  initTable.write(file.view, table.offset, {
    flags: initTableFlag.linked,
    count: sorted.length,
    entries: section.addr,
  });
  initLog.write(file.view, log.offset, { count: sorted.length, records: log.records });
  return { init: { address: table.address, initialisers: sorted }, problems: [] };
}

/** Pointers of a record, as they lie between its name and its flags. */
const POINTERS = fields.flags.offset - fields.name.offset;

interface Found {
  readonly initialiser: Initialiser<bigint>;
  readonly pointers: Uint8Array;
}

function readRecords(file: GuestElf, section: ElfSection): Found[] {
  const { offset, size, name } = section;
  if (size % initEntry.size !== 0) {
    throw new ImageError(
      `section ${name} has ${size} bytes, which is no multiple of the ${initEntry.size} of a record`,
      offset,
      'a record is cut off, or the section holds something else',
    );
  }
  if (size / initEntry.size > INIT_MAX_ENTRIES) {
    throw new ImageError(`section ${name} has over ${INIT_MAX_ENTRIES} records`, offset);
  }
  if (size > 0) file.bytes.slice(offset, size);
  file.refuseRelocations(section);
  return Array.from({ length: size / initEntry.size }, (_, index) =>
    readRecord(file, section, offset + index * initEntry.size),
  );
}

function readRecord(file: GuestElf, { name: section }: ElfSection, at: number): Found {
  const raw = initEntry.read(file.bytes, at);
  if (raw.version !== INIT_TABLE_VERSION || raw.size !== initEntry.size) {
    throw new ImageError(
      raw.version === 0 && raw.size === 0
        ? `section ${section}: no record at offset ${hex(at)}`
        : `section ${section}: a record of version ${raw.version} and ${raw.size} bytes; known is version ${INIT_TABLE_VERSION} with ${initEntry.size}`,
      at,
      'all objects must be compiled with the same include/zeropage/init-table.h',
    );
  }
  const what = (field: string): string => `section ${section}: ${field} of the record at offset ${hex(at)}`;
  const text = (field: 'name' | 'depends' | 'group') => file.textOf(at + fields[field].offset, what(field));
  const code = (field: 'detect' | 'early' | 'setup' | 'late') =>
    file.functionOf(at + fields[field].offset, what(field));
  const id = text('name');
  if (id === undefined) throw new ImageError(`${what('name')} is missing`, at + fields.name.offset);
  const unknown = raw.flags & ~KNOWN_FLAGS;
  if (unknown)
    throw new ImageError(`${what('flags')} has unknown bits ${hex(unknown >>> 0)}`, at + fields.flags.offset);
  const depends = (text('depends') ?? '').split(' ').filter((one) => one !== '');
  return {
    initialiser: {
      id,
      order: raw.order,
      depends,
      group: text('group'),
      finishIfDetected: (raw.flags & initFlag['finish-if-detected']) !== 0,
      detect: code('detect'),
      callbacks: { early: code('early'), setup: code('setup'), late: code('late') },
      where: [
        {
          require: raw.require_hypervisors,
          support: raw.support_hypervisors,
          forbid: raw.forbid_hypervisors,
        },
        { require: raw.require_subarchs, support: raw.support_subarchs, forbid: raw.forbid_subarchs },
      ],
    },
    pointers: file.data.slice(at + fields.name.offset, at + fields.name.offset + POINTERS),
  };
}

/** The table itself: it names its own address. */
function findTable(file: GuestElf): { offset: number; address: bigint } {
  const section = file.section(INIT_TABLE_SECTION);
  if (!section) {
    throw new ImageError(
      `no section ${INIT_TABLE_SECTION}`,
      undefined,
      'one source file must define the table: ZEROPAGE_INIT_TABLE;',
    );
  }
  const tables: number[] = [];
  for (let at = section.offset; at + initTable.size <= section.offset + section.size; at += 8) {
    const raw = initTable.read(file.bytes, at);
    const here = section.addr + BigInt(at - section.offset);
    if (raw.magic === INIT_TABLE_MAGIC && raw.self === here) tables.push(at);
  }
  const [at] = tables;
  if (at === undefined || tables.length > 1) {
    throw new ImageError(
      `section ${INIT_TABLE_SECTION} holds ${tables.length} tables instead of one`,
      section.offset,
    );
  }
  file.refuseRelocations(section);
  const { version, entry_size } = initTable.read(file.bytes, at);
  if (version !== INIT_TABLE_VERSION || entry_size !== initEntry.size) {
    throw new ImageError(`the init table has version ${version} and entries of ${entry_size} bytes`, at);
  }
  return { offset: at, address: section.addr + BigInt(at - section.offset) };
}

/** The log's header, and the address of its records, which must be as many as there are entries. */
function findLog(file: GuestElf, table: number, count: number): { offset: number; records: bigint } {
  const pointer = table + initTable.fields.log.offset;
  const address = file.bytes.u64(pointer);
  const offset = file.offsetOf(address, initLog.size);
  const raw = offset === undefined ? undefined : initLog.read(file.bytes, offset);
  if (raw?.magic !== INIT_LOG_MAGIC || raw.record_size !== initLogRecord.size) {
    throw new ImageError(`the init table's log at ${hex(address)} is none`, pointer);
  }
  const section = file.section(INIT_LOG_SECTION);
  const wanted = count * initLogRecord.size;
  if (section?.size !== wanted || !file.isMemory(section.addr, wanted)) {
    throw new ImageError(
      `section ${INIT_LOG_SECTION} has ${section?.size ?? 0} bytes of memory instead of ${wanted}`,
      section?.offset ?? pointer,
      'every initialiser brings a record for the log: the linker script must keep both',
    );
  }
  return { offset: offset!, records: section.addr };
}
