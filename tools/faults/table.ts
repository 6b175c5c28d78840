import type { Fault, WayName } from './fault.js';
import { isProof, type Verdict } from './verdict.js';

/** A fault, what a check said of it, and how long that took. */
export interface Row {
  readonly fault: Fault;
  readonly verdict: Verdict;
  /** To build or patch the kernel, and to check it. */
  readonly seconds: { readonly built: number | null; readonly checked: number };
}

const ways: readonly WayName[] = ['linux32', 'linux64', 'pvh', 'pvh/xen-pvh', 'xen-pv'];
const markers = (name: string): [begin: string, end: string] => [
  `<!-- ${name}: begin -->`,
  `<!-- ${name}: end -->`,
];

/** Faults by row, ways by column; what finds each in the cells, in bold the rule made for it. */
export function table(rows: readonly Row[]): string {
  const head = [
    'Fault',
    ...ways.map((way) => `\`${way}\``),
    'image',
    'found',
    'twin',
    'built, s',
    'checked, s',
  ];
  const lines = [head, head.map(() => ':--'), ...rows.map(line)];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function line({ fault, verdict, seconds }: Row): string[] {
  return [
    `\`${fault.id}\`: ${fault.title}`,
    ...[...ways, null].map((way) => cell(verdict, way)),
    verdict.hits.length > 0 ? '✓' : '✗',
    isSilent(verdict) ? 'silent' : verdict.alarms.map(({ rule, entry }) => `${rule} (${entry})`).join(', '),
    String(seconds.built ?? '–'),
    String(seconds.checked),
  ];
}

const isSilent = ({ alarms }: Verdict): boolean => alarms.length === 0;

function cell({ hits, others }: Verdict, way: string | null): string {
  const on = (of: Verdict['hits']): string[] => [
    ...new Set(of.filter(({ entry }) => entry === way).map(({ rule }) => rule)),
  ];
  return [...on(hits).map((rule) => `**${rule}**`), ...on(others)].join(', ');
}

/** A page with the part between two markers replaced. */
export function replaced(page: string, name: string, text: string): string {
  const [begin, end] = markers(name);
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`the page has no ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** A table with its new rows, and those of other faults as they were, in this order of all. */
export function merged(text: string, now: string, ids: readonly string[]): string {
  const rowOf = (id: string, table: string): string[] =>
    table.split('\n').filter((row) => row.startsWith(`| \`${id}\`:`));
  const head = now.split('\n').slice(0, 2);
  return [...head, ...ids.flatMap((id) => [...rowOf(id, now), ...rowOf(id, text)].slice(0, 1))].join('\n');
}

/** What a miss should be told as: one line each. */
export function misses(rows: readonly Row[]): string[] {
  return rows
    .filter(({ verdict }) => !isProof(verdict))
    .map(({ fault, verdict }) => {
      const said = [...verdict.hits, ...verdict.others].map(
        ({ rule, entry }) => `${rule} ${entry ?? 'image'}`,
      );
      const { rules, ways: where } = fault.expected;
      const alarms = verdict.alarms.map(({ rule, entry }) => `; the twin has ${rule} ${entry ?? 'image'}`);
      return `${fault.id}: said ${said.join(', ') || 'nothing'}; should say ${rules.join(' or ')} ${where.join(' ') || 'image'}${alarms.join('')}`;
    });
}
