import type { Comparison } from '../../compare/comparison.js';
import { sameStateRows, sameTitles } from '../../compare/same-state-rows.js';
import { cell, columns } from './columns.js';
import { type Page, section } from './page.js';

/** Objects of which different functions wrote the same bytes, a kind after the other. */
export function sameStateText({ sameState }: Comparison, page: Page): string[] {
  const { style, width } = page;
  const lines = [...sameStateRows(sameState)].flatMap(([kind, rows]) => [
    `  ${style.dim(sameTitles[kind])}`,
    ...columns(
      rows.map(({ object, by }) => [
        cell(object),
        cell(by.map(({ paths, functions }) => `${paths.join(' ')}: ${functions}`).join('; ')),
      ]),
      { width, indent: 4 },
    ),
  ]);
  return section(page, 'The same state', 'data of which different functions wrote the same bytes', lines);
}
