import { Bytes } from '../../src/core/bytes.js';
import { AddressSpace } from '../../src/image/symbols/address-space.js';
import { SymbolTable } from '../../src/image/symbols/symbol-table.js';
import type { CraftSymbol } from './kallsyms.js';

export const kernelStart = 0xffffffff81000000n;

/** A table of symbols of code in the 64 KiB of a kernel from `kernelStart` on. */
export function symbolTable(symbols: readonly CraftSymbol[]): SymbolTable {
  const text = new TextEncoder().encode(symbols.map(({ name }) => name).join(''));
  const starts = new Uint32Array(symbols.length + 1);
  symbols.forEach(({ name }, i) => {
    starts[i + 1] = starts[i]! + name.length;
  });
  const columns = {
    addresses: BigUint64Array.from(symbols, ({ address }) => address),
    types: Uint8Array.from(symbols, ({ type }) => type.charCodeAt(0)),
    text,
    starts,
  };
  const ranges = [{ start: kernelStart, end: kernelStart + 0x10000n, offset: 0, fileSize: 0 }];
  const space = new AddressSpace(new Bytes(new Uint8Array()), 8, ranges);
  return new SymbolTable(columns, space, { from: 'kallsyms', form: '', blobs: {} });
}
