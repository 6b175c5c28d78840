import type { Comparison, Known } from '../../compare/comparison.js';
import { count } from '../../report/text/quantity.js';
import { code, details, table } from './gfm.js';

/** Who knows what, when: a row a topic and path, folded; empty where nothing was seen. */
export function knowsBlock({ knows }: Comparison): string {
  const rows = knows.flatMap(({ topic, paths }) =>
    Object.entries(paths)
      .filter(([, { could, did }]) => could || did)
      .map(([path, { could, did }], i) => [i === 0 ? topic : '', code(path), moment(could), moment(did)]),
  );
  if (rows.length === 0) return '';
  const title =
    'Who knows what, when: instructions before the kernel was first told, and before it first kept it';
  return details(title, table(['', 'Path', 'Told', 'Kept'], rows));
}

function moment(known: Known | null): string {
  if (!known) return 'not seen';
  const { what, function: name, callers, instruction } = known;
  const chain = [name, ...callers.slice(0, 2)].filter((each) => each !== what).join(' < ');
  return `${count(instruction)}: ${code(what)}${chain === '' ? '' : ` in ${code(chain)}`}`;
}
