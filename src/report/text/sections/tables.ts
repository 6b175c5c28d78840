import type { Inspection, TableEntryReport, TableReport } from '../../inspection.js';
import { cell, columns } from '../columns.js';
import { LABEL_WIDTH, type Page, section } from '../page.js';
import { count } from '../quantity.js';

// A table as small as this is told best by the names in it.
const FEW = 16;

/** The tables the kernel walks at boot. */
export function tablesText({ tables }: Inspection, page: Page): string[] {
  if (!tables || tables.length === 0) return [];
  const { style, width, verbose } = page;
  const summary = columns(
    tables.map((table) => [
      cell(table.id, style.dim),
      cell(count(table.count).padStart(5)),
      cell(gist(table)),
    ]),
    { width, least: [LABEL_WIDTH] },
  );
  return section(page, 'Linker tables', undefined, [
    ...summary,
    ...(verbose ? tables.flatMap((table) => entriesOf(table, page)) : []),
  ]);
}

function gist(table: TableReport): string {
  const levels = levelCounts(table);
  if (levels.length > 0) return levels.map(([level, size]) => `${level}: ${size}`).join(', ');
  return table.count <= FEW ? table.entries.map(shortName).join(', ') : table.title.toLowerCase();
}

function levelCounts({ entries }: TableReport): [string, number][] {
  const counts = new Map<string, number>();
  for (const { level } of entries) if (level !== null) counts.set(level, (counts.get(level) ?? 0) + 1);
  return [...counts];
}

/** What the entry calls itself, where it has a name for people. */
function shortName({ name, facts }: TableEntryReport): string {
  return facts.hypervisor ?? facts.vendor ?? name;
}

function entriesOf(table: TableReport, { style, width }: Page): string[] {
  const rows = table.entries.map(({ address, name, level, facts }) => [
    cell(address, style.dim),
    ...(level === null ? [] : [cell(level)]),
    cell(name),
    cell(
      Object.entries(facts)
        .map(([key, value]) => `${key} ${value}`)
        .join(', '),
      style.dim,
    ),
  ]);
  return [
    '',
    `  ${style.strong(table.title)}  ${style.dim(`${table.foundBy}; ${table.source}`)}`,
    ...columns(rows, { width, indent: 4 }),
  ];
}
