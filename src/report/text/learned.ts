import type { Learned, RecordedPlace } from '../../trace/learned/row.js';
import { placeName } from '../../trace/place-name.js';
import type { Recording } from '../../trace/recording.js';
import { cell, columns } from './columns.js';
import { type Page, section } from './page.js';
import { count, plural } from './quantity.js';

/** What is asked of devices and of processor registers: much, and little of it says where a kernel is. */
const many: readonly string[] = ['port', 'msr'];
/** Callers beside the function itself. */
const shownCallers = 2;

/** What a boot learned, in the order it did; ports and MSRs are counted only, unless all is wanted. */
export function learnedText({ learned, functions }: Recording, page: Page): string[] {
  const shown = page.verbose ? learned : learned.filter(({ source }) => !many.includes(source));
  const name = (place: RecordedPlace): string => placeName(functions, place);
  const at = shown.map(({ instruction }) => count(instruction));
  const longest = Math.max(0, ...at.map((text) => text.length));
  const rows = shown.map((row, i) => [
    cell(at[i]!.padStart(longest)),
    cell(`${row.source} ${row.field}`),
    cell(`${answer(row)}${[row, ...row.callers.slice(0, shownCallers)].map(name).join(' < ')}`),
  ]);
  const left = learned.length - shown.length;
  const remark = `the first time each was read${left > 0 ? `; ${plural(left, 'port or MSR', 'ports and MSRs')} besides (-v)` : ''}`;
  const { width } = page;
  return shown.length === 0 ? [] : section(page, 'What it learned', remark, columns(rows, { width }));
}

function answer({ value, writtenBy, access, source }: Learned): string {
  const isField = access !== 'call' && source !== 'cpuid' && !many.includes(source);
  const writer = isField ? ` by ${writtenBy ?? 'nobody'}` : '';
  const text = `${value ?? ''}${writer}`.trim();
  return text === '' ? '' : `${text}: `;
}
