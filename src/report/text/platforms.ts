import type { ListedHypercall } from '../../platform/platform.js';
import type { PlatformReport } from '../platforms.js';
import { type Cell, cell, columns } from './columns.js';
import { type Page, pageOf, section } from './page.js';

/** Platforms side by side: who does what; ends with a newline. */
export function platformTableText(reports: readonly PlatformReport[], options?: Partial<Page>): string {
  const { style } = pageOf(options);
  const head = ['', ...reports.map(({ id }) => id)].map((text) => cell(text, style.title));
  const names = reports[0]?.operations.map(({ name }) => name) ?? [];
  const rows = names.map((name, i) => [
    cell(name),
    ...reports.map(({ operations }) => {
      const { by } = operations[i]!;
      return cell(by, by === 'native' || by === 'none' ? style.dim : undefined);
    }),
  ]);
  const taken = [
    cell('entries', style.dim),
    ...reports.map(({ entries }) => cell(`${entries.length}`, style.dim)),
  ];
  return `${columns([head, ...rows, taken], { width: Number.POSITIVE_INFINITY, indent: 0 }).join('\n')}\n`;
}

/** One platform: its operations, and every hypercall; ends with a newline. */
export function platformText(report: PlatformReport, options?: Partial<Page>): string {
  const page = pageOf(options);
  const { style, width } = page;
  const { id, title, entries, operations, hypercalls } = report;
  const rows = operations.map(({ name, by, what }) => [
    cell(name),
    cell(by, by === 'native' ? style.dim : style.strong),
    cell(what, style.dim),
  ]);
  const calls = hypercalls.flatMap((hypercall) => [
    callRow(hypercall, 0, page),
    ...hypercall.operations.map((operation) => callRow(operation, 1, page)),
  ]);
  const lines = [
    `${style.strong(id)}  ${title}`,
    ...section(page, 'Operations', undefined, columns(rows, { width })),
    ...section(page, 'Entries', undefined, columns([[cell(entries.join(', '))]], { width })),
    ...section(
      page,
      'Hypercalls',
      calls.length > 0 ? 'every other number gets ENOSYS' : undefined,
      columns(calls, { width }),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function callRow({ number, name, status, errno }: ListedHypercall, depth: number, { style }: Page): Cell[] {
  const mark = status === 'implemented' ? style.good : status === 'forbidden' ? style.dim : undefined;
  return [
    cell(`${'  '.repeat(depth)}${number}`),
    cell(name),
    cell(status, mark),
    cell(errno ?? '', style.dim),
  ];
}
