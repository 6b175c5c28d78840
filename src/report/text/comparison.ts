import type { ComparedFile, Comparison, Difference, Scalar } from '../compare.js';
import { cell, columns } from './columns.js';
import { LABEL_WIDTH, type Page, pageOf, section } from './page.js';
import { bytes, plural } from './quantity.js';

const titles: Readonly<Record<Difference['section'], string>> = {
  image: 'Image',
  layers: 'Layers',
  entries: 'Entries',
  linux: 'Linux boot protocol',
  efi: 'EFI',
  notes: 'Notes',
  symbols: 'Symbols',
  tables: 'Linker tables',
  types: 'Types',
  findings: 'Findings',
};

/** A comparison for people; ends with a newline. */
export function comparisonText(comparison: Comparison, options?: Partial<Page>): string {
  const page = pageOf(options);
  const { a, b, differences } = comparison;
  const { style, width } = page;
  const head = [...fileLines('A', a, page), ...fileLines('B', b, page)];
  const body = (Object.keys(titles) as Difference['section'][]).flatMap((name) => {
    const rows = differences.filter((difference) => difference.section === name);
    const lines = rows.map((difference) => [
      cell(difference.subject, style.strong),
      cell(difference.field ?? '', style.dim),
      cell(change(difference)),
    ]);
    return section(
      page,
      titles[name],
      rows.length > 0 ? plural(rows.length, 'difference') : undefined,
      columns(lines, { width, least: [LABEL_WIDTH] }),
    );
  });
  const verdict = comparison.same ? ['', 'No differences.'] : [];
  return `${[...head, ...body, ...verdict].join('\n')}\n`;
}

function fileLines(letter: string, file: ComparedFile, { style, width }: Page): string[] {
  const { name, description, release, size } = file;
  const what = [description, release, bytes(size)].filter(Boolean).join(' · ');
  return columns(
    [
      [cell(letter, style.strong), cell(name, style.strong)],
      [cell(''), cell(what)],
    ],
    { width, indent: 0 },
  );
}

function change({ section, field, a, b }: Difference): string {
  if (typeof a === 'number' && typeof b === 'number') return `${a} → ${b} (${b > a ? '+' : ''}${b - a})`;
  // A whole thing is there or not; one of its facts merely has no value.
  const whole = field === null || section === 'findings';
  if (whole && a === null) return `only in B: ${shown(b)}`;
  if (whole && b === null) return `only in A: ${shown(a)}`;
  return `${shown(a)} → ${shown(b)}`;
}

function shown(value: Scalar): string {
  if (value === null) return '–';
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}
