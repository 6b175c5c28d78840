import {
  type ComparedFile,
  type Comparison,
  type Difference,
  type DifferenceSeverity,
  type EntryChange,
  keyOf,
  reaches,
  type Section,
} from '../comparison/comparison.js';
import { sectionNames } from '../comparison/filter.js';
import { changeText } from './change.js';
import { type Cell, cell, columns } from './columns.js';
import { LABEL_WIDTH, type Page, pageOf, section } from './page.js';
import { bytes, plural } from './quantity.js';
import type { Style } from './style.js';

export interface ComparisonPage extends Page {
  /** Nothing less severe is shown; 'note' unless given, on a verbose page 'detail'. */
  readonly least: DifferenceSeverity;
}

const titles: Readonly<Record<Section, string>> = {
  entries: 'Entries themselves',
  linux: 'Linux boot protocol',
  efi: 'EFI',
  uki: 'Unified kernel image',
  xen: 'Xen notes',
  image: 'Image',
  layers: 'Layers',
  notes: 'Notes',
  symbols: 'Symbols',
  tables: 'Linker tables',
  types: 'Types',
  findings: 'Findings',
};

/** A comparison for people: first what happened to the entries. Ends with a newline. */
export function comparisonText(comparison: Comparison, options: Partial<ComparisonPage> = {}): string {
  const page = pageOf(options);
  const least = options.least ?? (page.verbose ? 'detail' : 'note');
  const { a, b, entries, differences } = comparison;
  const lines = [
    ...columns([[cell(verdictText(comparison), page.style.title)]], { width: page.width, indent: 0 }),
    '',
    ...fileLines('A', a, page),
    ...fileLines('B', b, page),
  ];
  if (comparison.same) return `${lines.join('\n')}\n`;
  const shown = differences.filter(({ severity }) => reaches(severity, least));
  // What an entry's own line says is not said again.
  const rest = shown.filter(({ section, field }) => section !== 'entries' || field !== 'offered');
  const hidden = differences.length - shown.length;
  return `${[
    ...lines,
    ...section(page, 'Entries', undefined, entryLines(entries, page)),
    ...sectionNames.flatMap((name) => sectionLines(name, rest, page)),
    ...(hidden > 0
      ? ['', `${plural(hidden, 'difference')} less severe ${hidden === 1 ? 'is' : 'are'} not shown (-v).`]
      : []),
  ].join('\n')}\n`;
}

/** What happened, in a sentence. */
function verdictText({ identical, same, entries }: Comparison): string {
  if (identical) return 'The two files are identical.';
  if (same) return identical === null ? 'No differences in what was looked at.' : 'No differences.';
  const of = (change: EntryChange['change']): string =>
    entries
      .filter((entry) => entry.change === change)
      .map(({ id }) => id)
      .join(', ');
  const parts = [
    [of('went'), 'went'],
    [of('came'), 'came'],
    [of('changed'), 'changed meaning'],
    [of('unknown'), 'not known'],
  ].filter(([ids]) => ids !== '');
  if (parts.length === 0) return 'No entry came, went or changed meaning.';
  return `Entries: ${parts.map(([ids, what]) => `${ids} ${what}`).join('; ')}.`;
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

const words: Readonly<Record<EntryChange['change'], string>> = {
  came: 'came',
  went: 'went',
  changed: 'changed',
  same: 'same',
  unknown: 'not known',
};

function entryLines(entries: readonly EntryChange[], { style, width }: Page): string[] {
  const rows = entries.map((entry) => {
    const { id, change, severity } = entry;
    return [mark(severity, style), cell(id, style.strong), cell(words[change]), cell(entryText(entry))];
  });
  return columns(rows, { width, least: [1, LABEL_WIDTH - 3, 7] });
}

function entryText({ id, change, a, b, because, reason }: EntryChange): string {
  if (change === 'went' || change === 'unknown') return reason ?? '';
  if (change === 'came') return `via ${b.via}`;
  if (change === 'same') return `via ${a.via}`;
  const prefix = `entries.${id}.`;
  const fields = because.map((key) => (key.startsWith(prefix) ? key.slice(prefix.length) : key));
  return fields.join(', ');
}

function sectionLines(name: Section, differences: readonly Difference[], page: Page): string[] {
  const { style, width } = page;
  const rows = differences.filter((difference) => difference.section === name);
  const lines = rows.map((difference) => [
    mark(difference.severity, style),
    cell(subjectText(difference), style.strong),
    cell(changeText(difference, page.verbose)),
  ]);
  const remark = rows.length > 0 ? plural(rows.length, 'difference') : undefined;
  return section(page, titles[name], remark, columns(lines, { width, least: [1, LABEL_WIDTH - 3] }));
}

/** The key without the section, which is the title. */
const subjectText = (difference: Difference): string =>
  keyOf(difference).slice(difference.section.length + 1);

function mark(severity: DifferenceSeverity | null, style: Style): Cell {
  if (severity === 'error') return cell('✗', style.bad);
  if (severity === 'warning') return cell('!', style.warn);
  return severity === 'note' ? cell('·', style.dim) : cell('');
}
