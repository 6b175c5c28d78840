import type { Comparison } from '../../compare/comparison.js';
import { againTitles, runsText, twiceRows } from '../../compare/twice-rows.js';
import { cell, columns } from './columns.js';
import { type Page, section } from './page.js';

/** Initialisers that were entered from several functions, a kind after the other. */
export function twiceText({ twice }: Comparison, page: Page): string[] {
  const { style, width } = page;
  const lines = [...twiceRows(twice)].flatMap(([kind, rows]) => [
    `  ${style.dim(againTitles[kind])}`,
    ...columns(
      rows.map((row) => [
        cell(row.function),
        cell(runsText(row)),
        cell(`${row.paths.join(' ')}: from ${row.callers.join(', ')}`),
      ]),
      { width, indent: 4 },
    ),
  ]);
  return section(page, 'Twice', 'initialisers entered from several functions, and how often', lines);
}
