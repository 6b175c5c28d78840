import { hex } from '../../core/errors.js';
import type { SymbolsResult } from '../../image/symbols/read.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import type { RangeReport, SymbolsReport } from '../inspection.js';
import type { NamedLayer } from './layers.js';

/** How many symbols there are, from where, and the ranges they bound. `read` is of the whole image. */
export function symbolsReport(
  layers: readonly NamedLayer[],
  { table, problem }: SymbolsResult,
): SymbolsReport {
  if (!table) {
    return { count: 0, from: null, form: null, layer: null, ranges: [], problem: problem ?? 'no symbols' };
  }
  const { from, form } = table.source;
  return {
    count: table.count,
    from,
    form,
    // Symbols are read from the innermost layer.
    layer: layers.at(-1)!.name,
    ranges: ranges(table),
    problem: null,
  };
}

/** Ranges worth knowing, by the symbols at their ends (include/asm-generic/sections.h, arch linker scripts). */
const bounds: readonly (readonly [name: string, from: readonly string[], to: string])[] = [
  ['text', ['_stext', '_text'], '_etext'],
  ['init', ['__init_begin'], '__init_end'],
  ['init text', ['_sinittext'], '_einittext'],
  ['init data', ['__initdata_begin'], '__initdata_end'],
  ['bss', ['__bss_start'], '__bss_stop'],
  ['brk', ['__brk_base'], '__brk_limit'],
];

function ranges(table: SymbolTable): RangeReport[] {
  const found: RangeReport[] = [];
  for (const [name, starts, to] of bounds) {
    const from = starts.find((symbol) => table.indexOf(symbol) !== -1);
    const start = from === undefined ? undefined : table.find(from);
    const end = table.find(to);
    if (from === undefined || start === undefined || end === undefined || end < start) continue;
    found.push({ name, from, to, start: hex(start), end: hex(end), size: Number(end - start) });
  }
  return found;
}
