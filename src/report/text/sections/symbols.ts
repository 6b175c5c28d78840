import type { Inspection, RangeReport } from '../../inspection.js';
import { cell, columns } from '../columns.js';
import { LABEL_WIDTH, type Page, section } from '../page.js';
import { bytes, count } from '../quantity.js';

/** Where the kernel lies and which part of it is thrown away after boot; the rest is detail. */
function isEssential({ name }: RangeReport, all: readonly RangeReport[]): boolean {
  // Kernels whose kallsyms holds functions only do not say where init begins as a whole.
  return (
    name === 'text' ||
    name === 'init' ||
    (name === 'init text' && all.every((range) => range.name !== 'init'))
  );
}

/** How many symbols, from where, and what they bound. */
export function symbolsText({ symbols }: Inspection, page: Page): string[] {
  if (!symbols) return [];
  if (symbols.count === 0) return section(page, 'Symbols', symbols.problem ?? 'none', []);
  const { style, width, verbose } = page;
  const rows = symbols.ranges
    .filter((range) => verbose || isEssential(range, symbols.ranges))
    .flatMap(({ name, start, end, size, from, to }) => [
      [cell(name, style.dim), cell(`${start}–${end}`), cell(bytes(size))],
      ...(verbose ? [[cell(''), cell(`${from} – ${to}`, style.dim)]] : []),
    ]);
  const form = verbose && symbols.form ? ` (${symbols.form})` : '';
  const remark = `${count(symbols.count)} from ${symbols.from}${form}`;
  return section(page, 'Symbols', remark, columns(rows, { width, least: [LABEL_WIDTH] }));
}
