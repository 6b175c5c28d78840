import type { Comparison, Led, PairAfter } from '../../compare/comparison.js';
import { type PartingRow, partingRows } from '../../compare/parting-rows.js';
import { ledText } from '../../report/text/partings.js';
import { count } from '../../report/text/quantity.js';
import { code, details, escaped, table } from './gfm.js';

/** Where paths part again behind their joins, branches last. */
export function partingTable({ partings }: Comparison, most: number): string {
  const rows = partingRows(partings);
  if (rows.length === 0) return '';
  const more = rows.length > most ? `\n\nand ${count(rows.length - most)} more` : '';
  const shown = rows.slice(0, most).map((row) => [code(row.by), places(row), entered(row)]);
  return `${table(['Behind the joins decides', 'at', 'what is entered'], shown)}${more}`;
}

function places({ places: [first = '', ...others] }: PartingRow): string {
  return others.length === 0 ? code(first) : `${code(first)} and ${count(others.length)} more`;
}

/** Names in a cell, the others counted. */
const mostInCell = 4;

function entered({ entered: onPaths }: PartingRow): string {
  const paths = new Map<string, string[]>();
  for (const [path, names] of onPaths)
    if (names.length > 0) paths.set(named(names), [...(paths.get(named(names)) ?? []), path]);
  return [...paths].map(([names, on]) => `${names} on ${on.map(escaped).join(', ')}`).join('; ');
}

function named(names: readonly string[]): string {
  const more = names.length > mostInCell ? ` and ${count(names.length - mostInCell)} more` : '';
  return `${names.slice(0, mostInCell).map(code).join(' ')}${more}`;
}

/** What each of a pair alone ran behind the join, folded. The title is in HTML, in which Markdown means nothing. */
export function ledList({ a, b, onlyA, onlyB }: PairAfter, most: number): string {
  const sides = [
    [a, onlyA ?? []],
    [b, onlyB ?? []],
  ] as const;
  if (sides.every(([, led]) => led.length === 0)) return '';
  const figures = sides.map(([path, led]) => `${count(functions(led))} only ${path}`).join(', ');
  const items = sides.flatMap(([path, led]) =>
    led.length === 0 ? [] : [`- **only ${escaped(path)}**`, ...groups(led, most)],
  );
  const title = `${a} against ${b} behind their join: ${figures}`;
  return details(title, items.join('\n'));
}

const functions = (led: readonly Led[]): number =>
  led.reduce((sum, group) => sum + group.functions.length, 0);

/** Groups of a list that are shown at most. */
const mostGroups = 20;

/** The largest groups. */
function groups(led: readonly Led[], most: number): string[] {
  const sorted = led.toSorted((x, y) => y.functions.length - x.functions.length);
  const shown = sorted
    .slice(0, Math.min(most, mostGroups))
    .map(({ under, how, functions: names }) => `  - ${escaped(ledText(under, how))}: ${named(names)}`);
  const more = led.length - shown.length;
  return more > 0 ? [...shown, `  - and ${count(more)} more groups`] : shown;
}
