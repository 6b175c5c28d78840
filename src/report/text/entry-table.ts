import type { EntryDefinition } from '../../entry/entry.js';
import { cell, columns } from './columns.js';
import { type Page, pageOf } from './page.js';

/** Every entry there is, a line each; ends with a newline. */
export function entryTableText(entries: readonly EntryDefinition[], options?: Partial<Page>): string {
  const { style, width } = pageOf(options);
  const rows = entries.map(({ id, title }) => [cell(id, style.strong), cell(title)]);
  return `${columns(rows, { width, indent: 0 }).join('\n')}\n`;
}

/** The state a loader must set for one entry; ends with a newline. */
export function entryStateText({ id, title, state }: EntryDefinition, options?: Partial<Page>): string {
  const { style, width } = pageOf(options);
  const lines = columns(
    state.map((line) => [cell('-', style.dim), cell(line)]),
    { width, gap: 1 },
  );
  return `${[`${style.strong(id)}  ${title}`, ...lines].join('\n')}\n`;
}
