import type { Comparison, Known } from '../../compare/comparison.js';
import { cell, columns } from './columns.js';
import { type Page, section } from './page.js';
import { count } from './quantity.js';

/** Who knows what, when: a line for when a path was told, and one for when it kept it. */
export function knowsText({ knows }: Comparison, page: Page): string[] {
  const { style, width } = page;
  const rows = knows.flatMap(({ topic, paths }) =>
    Object.entries(paths)
      .filter(([, { could, did }]) => could || did)
      .flatMap(([path, { could, did }], i) => [
        [cell(i === 0 ? topic : '', style.strong), cell(path), cell('told', style.dim), ...said(could)],
        [cell(''), cell(''), cell('kept', style.dim), ...said(did)],
      ]),
  );
  const remark = 'instructions before the kernel was first told, and before it first kept it';
  return rows.length === 0 ? [] : section(page, 'Who knows what, when', remark, columns(rows, { width }));
}

function said(known: Known | null) {
  if (!known) return [cell('not seen')];
  const { what, function: name, callers, instruction } = known;
  const chain = [name, ...callers.slice(0, 2)].filter((each) => each !== what).join(' < ');
  return [cell(count(instruction).padStart(13)), cell(chain === '' ? what : `${what}: ${chain}`)];
}
