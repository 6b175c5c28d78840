import {
  entryOffset,
  OP_TABLE_MAGIC,
  OP_TABLE_VERSION,
  type OperationName,
  opEntry,
  operationNames,
  opKind,
  opTable,
} from '../../abi/op-table.js';
import { hex, ImageError } from '../../core/errors.js';
import { forbidden, native, type Operation, type OpTable, own } from '../ops/op-tables.js';
import type { GuestElf } from './guest-elf.js';

/** A table of a linked file, and the native functions it brings. */
export interface FoundTable {
  readonly table: OpTable<bigint>;
  readonly natives: ReadonlyMap<OperationName, bigint>;
}

/** Reads the op table at a file offset, where `address` is. Throws ImageError with the offset for one that cannot be used. */
export function readOpTable(file: GuestElf, at: number, address: bigint): FoundTable {
  const raw = opTable.read(file.bytes, at);
  const what = `op table at offset ${hex(at)}`;
  if (raw.magic !== OP_TABLE_MAGIC) throw new ImageError(`${what}: there is none`, at);
  if (raw.version !== OP_TABLE_VERSION || raw.count !== operationNames.length) {
    throw new ImageError(
      `${what}: version ${raw.version} with ${raw.count} operations; known is version ${OP_TABLE_VERSION} with ${operationNames.length}`,
      at,
      'all objects must be compiled with the same include/zeropage/op-table.h',
    );
  }
  if (raw.self !== address) {
    throw new ImageError(
      `${what}: it says it is at ${hex(raw.self)}, but it is at ${hex(address)}`,
      at + opTable.fields.self.offset,
    );
  }
  const name = file.textOf(at + opTable.fields.name.offset, `${what}: its name`);
  if (!name) throw new ImageError(`${what}: it has no name`, at + opTable.fields.name.offset);
  const operations: Partial<Record<OperationName, Operation<bigint>>> = {};
  const natives = new Map<OperationName, bigint>();
  for (const one of operationNames) {
    const place = at + entryOffset(one);
    const { kind } = opEntry.read(file.bytes, place);
    const code = file.functionOf(place, `${what}: ${one}`);
    if (kind === opKind.native) {
      operations[one] = native;
      if (code !== undefined) natives.set(one, code);
    } else if (kind === opKind.own && code !== undefined) operations[one] = own(code);
    else if (kind === opKind.forbidden && code === undefined) operations[one] = forbidden;
    else if (kind !== opKind.missing || code !== undefined) {
      throw new ImageError(
        `${what}: ${one} is of kind ${kind} ${code === undefined ? 'without' : 'with'} a function`,
        place + opEntry.fields.kind.offset,
        'use ZEROPAGE_OWN, ZEROPAGE_NATIVE, ZEROPAGE_NATIVE_IS or ZEROPAGE_FORBIDDEN',
      );
    }
  }
  return { table: { name, hypervisors: raw.hypervisors, operations }, natives };
}
