import type { Comparison } from '../../compare/comparison.js';
import { sameStateRows, sameTitles } from '../../compare/same-state-rows.js';
import { code, table } from './gfm.js';

/** Objects of which different functions wrote the same bytes; nothing without. */
export function sameStateTable({ sameState }: Comparison): string {
  const rows = [...sameStateRows(sameState)].flatMap(([kind, each]) =>
    each.map(({ object, by }) => [
      sameTitles[kind],
      code(object),
      by.map(({ paths, functions }) => `${paths.map(code).join(', ')}: ${code(functions)}`).join('; '),
    ]),
  );
  return rows.length === 0 ? '' : table(['The same state', 'Object', 'Written by'], rows);
}
