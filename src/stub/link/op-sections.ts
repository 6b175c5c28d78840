import {
  OP_CALLS_SECTION,
  OP_DIRECTORY_MAGIC,
  OP_DIRECTORY_SECTION,
  OP_TABLE_VERSION,
  OP_TABLES_SECTION,
  type OperationName,
  opCall,
  opDirectory,
  opDirectoryFlag,
  operationNames,
  operationNumber,
  opTable,
} from '../../abi/op-table.js';
import { hex, ImageError } from '../../core/errors.js';
import type { ElfSection } from '../../image/container/elf.js';
import { type Natives, type OpTable, opTableProblems } from '../ops/op-tables.js';
import type { GuestElf } from './guest-elf.js';
import { readOpTable } from './op-table-record.js';

/** The op tables of a linked image. */
export interface LinkedOperations {
  /** Address of the directory, the second argument of install_operations; undefined for a module. */
  readonly address?: bigint;
  readonly tables: readonly OpTable<bigint>[];
  readonly natives: Natives<bigint>;
  /** How often each operation is called. */
  readonly calls: ReadonlyMap<OperationName, number>;
}

export interface OperationsResult {
  readonly operations?: LinkedOperations;
  readonly problems: readonly string[];
}

/** call [rip + disp32], and call rel32 with a NOP behind it. */
const INDIRECT = [0xff, 0x15] as const;
const CALL_SIZE = 6;
const SLOTS_SIZE = operationNames.length * 8;

/**
 * Checks the op tables and call sites of an image and completes their directory in place. Images without the sections have no
 * operations. Throws ImageError for records that cannot be what the header's macros make.
 */
export function linkOperations(file: GuestElf): OperationsResult {
  const tableSection = file.section(OP_TABLES_SECTION);
  const callSection = file.section(OP_CALLS_SECTION);
  const directorySection = file.section(OP_DIRECTORY_SECTION);
  if (!tableSection && !callSection && !directorySection) return { problems: [] };
  for (const section of [tableSection, callSection, directorySection]) {
    if (section) file.refuseRelocations(section);
  }
  const found = tableSection
    ? records(file, tableSection, opTable.size).map((at, index) =>
        readOpTable(file, at, tableSection.addr + BigInt(index * opTable.size)),
      )
    : [];
  // Compilers and linkers do not keep the order of declaration.
  const sorted = [...found].sort((a, b) => (a.table.name < b.table.name ? -1 : 1));
  const tables = sorted.map(({ table }) => table);
  const natives: Partial<Record<OperationName, bigint>> = {};
  const providers = new Map<OperationName, string>();
  const problems: string[] = [];
  for (const { table, natives: own } of sorted) {
    for (const [name, code] of own) {
      if (natives[name] !== undefined && natives[name] !== code) {
        problems.push(
          `op tables '${providers.get(name)}' and '${table.name}' have different functions for native ${name}`,
        );
      }
      natives[name] = code;
      providers.set(name, table.name);
    }
  }
  problems.push(...opTableProblems(tables, natives));
  if (problems.length > 0) return { problems: problems.map((one) => `${OP_TABLES_SECTION}: ${one}`) };

  const directory = findDirectory(file, directorySection);
  const raw = opDirectory.read(file.bytes, directory.offset);
  const slots = arrayOf(file, directory.offset, raw.slots, 'slots');
  const nativeArray = arrayOf(file, directory.offset, raw.natives, 'natives');
  const calls = new Map<OperationName, number>();
  for (const at of callSection ? records(file, callSection, opCall.size) : []) {
    const name = checkCall(file, at, raw.slots);
    calls.set(name, (calls.get(name) ?? 0) + 1);
  }
  operationNames.forEach((name, index) => {
    // Calls before install_operations go to the native functions, where there are any.
    for (const array of [slots, nativeArray]) {
      file.view.setBigUint64(array + index * 8, natives[name] ?? 0n, true);
    }
  });
  opDirectory.write(file.view, directory.offset, {
    flags: opDirectoryFlag.linked,
    tables: tableSection!.addr,
    table_count: tables.length,
    calls: callSection?.addr ?? 0n,
    call_count: callSection ? callSection.size / opCall.size : 0,
  });
  return { operations: { address: directory.address, tables, natives, calls }, problems: [] };
}

/** File offsets of the records in a section. */
function records(file: GuestElf, { name, offset, size }: ElfSection, step: number): number[] {
  if (size % step !== 0) {
    throw new ImageError(
      `section ${name} has ${size} bytes, which is no multiple of the ${step} of a record`,
      offset,
      'a record is cut off, or the section holds something else',
    );
  }
  if (size > 0) file.bytes.slice(offset, size);
  return Array.from({ length: size / step }, (_, index) => offset + index * step);
}

function findDirectory(file: GuestElf, section: ElfSection | undefined): { offset: number; address: bigint } {
  if (!section) {
    throw new ImageError(
      `no section ${OP_DIRECTORY_SECTION}`,
      undefined,
      'one source file must define the directory: ZEROPAGE_OPERATIONS;',
    );
  }
  const found: number[] = [];
  for (let at = section.offset; at + opDirectory.size <= section.offset + section.size; at += 8) {
    const { magic, self } = opDirectory.read(file.bytes, at);
    if (magic === OP_DIRECTORY_MAGIC && self === section.addr + BigInt(at - section.offset)) found.push(at);
  }
  const [offset] = found;
  if (offset === undefined || found.length > 1) {
    throw new ImageError(
      `section ${OP_DIRECTORY_SECTION} holds ${found.length} directories instead of one`,
      section.offset,
    );
  }
  const { version, count, self } = opDirectory.read(file.bytes, offset);
  if (version !== OP_TABLE_VERSION || count !== operationNames.length) {
    throw new ImageError(`the op directory has version ${version} and ${count} operations`, offset);
  }
  return { offset, address: self };
}

function arrayOf(file: GuestElf, directory: number, address: bigint, name: 'slots' | 'natives'): number {
  const offset = file.offsetOf(address, SLOTS_SIZE);
  if (offset === undefined) {
    throw new ImageError(
      `the op directory's ${name} at ${hex(address)} are not in the file`,
      directory + opDirectory.fields[name].offset,
    );
  }
  return offset;
}

/** The operation a record's call site calls; it must be the one the record says. */
function checkCall(file: GuestElf, at: number, slots: bigint): OperationName {
  const { address, operation, direct } = opCall.read(file.bytes, at);
  const name = operationNames.find((one) => operationNumber[one] === operation);
  if (!name)
    throw new ImageError(`call site: operation ${operation} is none`, at + opCall.fields.operation.offset);
  const site = file.isCode(address) ? file.offsetOf(address, CALL_SIZE) : undefined;
  if (site === undefined) {
    throw new ImageError(`call site of ${name} at ${hex(address)}, which is not code of this file`, at);
  }
  const wanted = BigInt.asIntN(64, slots + BigInt(operation * 8) - address - BigInt(CALL_SIZE));
  if (direct !== 0 || !file.bytes.matches(site, INDIRECT) || BigInt(file.bytes.i32(site + 2)) !== wanted) {
    throw new ImageError(
      `call site of ${name} at ${hex(address)} is no call through slot ${operation}`,
      site,
      'make calls with the functions and macros of include/zeropage/op-table.h',
    );
  }
  return name;
}
