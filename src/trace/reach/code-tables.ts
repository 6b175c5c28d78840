import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import { signed } from '../function-table.js';

/**
 * Tables whose entries begin with two 32-bit distances to places in code, from the first of which control may go to the second: where an
 * access faults (struct exception_table_entry), and where a static branch is patched (struct jump_entry).
 */
const tables = [
  { first: '__start___ex_table', last: '__stop___ex_table', size: 12 },
  { first: '__start___jump_table', last: '__stop___jump_table', size: 16 },
] as const;

/** Link-time addresses, signed. */
export function codeTables(symbols: SymbolTable, found: (from: number, to: number) => void): void {
  const { space } = symbols;
  const { view, length } = space.bytes;
  const marks = symbols.findFew(tables.flatMap(({ first, last }) => [first, last]));
  for (const { first, last, size } of tables) {
    const [start, end] = [marks.get(first), marks.get(last)];
    const offset = start === undefined ? undefined : space.offsetOf(start);
    if (start === undefined || end === undefined || offset === undefined) continue;
    const count = Math.floor(Math.min(Number(end - start), length - offset) / size);
    for (let i = 0; i < count; i++) {
      const at = offset + i * size;
      const place = signed(start) + i * size;
      found(place + view.getInt32(at, true), place + 4 + view.getInt32(at + 4, true));
    }
  }
}
