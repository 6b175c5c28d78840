import type { SymbolTable } from '../image/symbols/symbol-table.js';
import { signed } from './function-table.js';
import type { FunctionColumns, RecordedStaticCall, TreeColumns } from './recording.js';

/** struct static_call_site: two relative 32-bit addresses, of the call and of its key, whose low bits are flags. */
const size = 8n;
const flags = 3n;
const bounds = ['__start_static_call_sites', '__stop_static_call_sites'] as const;
const key = /^__SCK__/;

/**
 * Static calls among the places from which a tree was entered. Source: Linux include/linux/static_call_types.h, kernel/static_call_inline.c; a
 * kernel that does not patch them in has no such table.
 */
export function staticCallsIn(
  { parent, function: rows, site }: TreeColumns,
  { address }: FunctionColumns,
  symbols: SymbolTable,
): RecordedStaticCall[] {
  const keys = keysBySite(symbols);
  const found = new Map<number, RecordedStaticCall>();
  for (const [node, above] of parent.entries()) {
    if (above === -1) continue;
    const [row, offset] = [rows[above]!, site[node]!];
    const at = signed(address[row]!) + offset;
    const name = keys.get(at);
    if (name !== undefined && !found.has(at)) found.set(at, { function: row, offset, name });
  }
  return [...found.values()];
}

/** Names of static calls by the link-time address of the call, signed. */
function keysBySite(symbols: SymbolTable): Map<number, string> {
  const { space } = symbols;
  const places = symbols.findFew(bounds);
  const [start, end] = bounds.map((name) => places.get(name));
  const keys = new Map<number, string>();
  if (start === undefined || end === undefined) return keys;
  for (let entry = start; entry + size <= end; entry += size) {
    const at = space.offsetOf(entry);
    if (at === undefined || at + Number(size) > space.bytes.data.length) break;
    const call = signed(entry + BigInt(space.bytes.view.getInt32(at, true)));
    const of = BigInt.asUintN(64, entry + 4n + BigInt(space.bytes.view.getInt32(at + 4, true))) & ~flags;
    const name = symbols.exactly(of)?.name;
    if (name && key.test(name)) keys.set(call, name.replace(key, ''));
  }
  return keys;
}
