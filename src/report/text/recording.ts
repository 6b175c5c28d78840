import { childrenOf, rootsOf } from '../../trace/children.js';
import { functionRuns } from '../../trace/function-runs.js';
import { outlineOf } from '../../trace/outline.js';
import { entryKinds, moduleIds, type Recording, type TreeColumns } from '../../trace/recording.js';
import { cell, columns } from './columns.js';
import { learnedText } from './learned.js';
import { facts, LABEL_WIDTH, type Page, pageOf, section } from './page.js';
import { bytes, count, plural } from './quantity.js';
import { wayText } from './way.js';

/** What a boot ran, for people; ends with a newline. */
export function recordingText(recording: Recording, options: Partial<Page> = {}): string {
  const page = pageOf(options);
  const lines = [
    ...headline(recording, page),
    ...waypoints(recording, page),
    ...modules(recording, page),
    ...learnedText(recording, page),
    ...tree(recording, page),
  ];
  return `${lines.join('\n')}\n`;
}

function headline({ image, boot, verdict, cause, instructions }: Recording, page: Page): string[] {
  const { style, width } = page;
  const title = `${style.strong(image.name)} · ${boot.entry} ${wayText(boot)}`;
  const rows = facts(page, [
    ['end', `${verdict}${cause ? `: ${cause}` : ''}`],
    ['instructions', count(instructions)],
    ['command line', boot.commandLine],
  ]);
  return [...columns([[cell(title)]], { width, indent: 0 }), ...rows];
}

function waypoints({ waypoints: reached }: Recording, page: Page): string[] {
  const at = reached.map(({ instruction }) => count(instruction));
  const longest = Math.max(0, ...at.map((text) => text.length));
  const rows = reached.map(({ name }, i) => [cell(name, page.style.dim), cell(at[i]!.padStart(longest))]);
  const { width } = page;
  return section(
    page,
    'Waypoints',
    'instructions retired before each',
    columns(rows, { width, least: [LABEL_WIDTH] }),
  );
}

function modules(recording: Recording, page: Page): string[] {
  const { functions, firstRuns, user, symbolsProblem } = recording;
  const sums = moduleIds.map(() => ({ pieces: 0, bytes: 0 }));
  for (let i = 0; i < firstRuns.function.length; i++) {
    const sum = sums[functions.module[firstRuns.function[i]!]!]!;
    sum.pieces++;
    sum.bytes += firstRuns.size[i]!;
  }
  let named = 0;
  for (const row of functionRuns(recording).keys()) if (functions.size[row]! > 0) named++;
  const ran = moduleIds
    .map((id, i) => ({ id, ...sums[i]! }))
    .filter(({ pieces }) => pieces > 0)
    .map(({ id, pieces, bytes: size }) => {
      const names = id === 'kernel' ? `${symbolsProblem ?? plural(named, 'function')}, ` : '';
      return [id, `${names}${plural(pieces, 'piece')} of code, ${bytes(size)}`] as const;
    });
  const programs = user.pieces > 0 && `${plural(user.pieces, 'piece')} of code, ${bytes(user.bytes)}`;
  return section(page, 'What ran', undefined, facts(page, [...ran, ['programs', programs]]));
}

function tree(recording: Recording, page: Page): string[] {
  const { tree: columns, functions, treeSpan } = recording;
  if (!treeSpan) return [];
  const { nodes, parents } = outlineOf(recording);
  const children = childrenOf(parents);
  const lines: string[] = [];
  const show = (place: number, depth: number): void => {
    const node = nodes[place]!;
    lines.push(treeLine(columns, node, functions.name[columns.function[node]!]!, depth, page));
    for (const child of children[place]!) show(child, depth + 1);
  };
  for (const place of rootsOf(parents)) show(place, 0);
  const remark = `${count(treeSpan.first)} to ${count(treeSpan.end)}: instructions with all below, times entered; behind start_kernel what took long`;
  return section(page, 'Calls', remark, lines);
}

const kindMarks: Readonly<Record<string, string>> = {
  jump: '→ ',
  fall: '↓ ',
  exception: '⚡ ',
  interrupt: '⚡ ',
};

function treeLine(nodes: TreeColumns, node: number, name: string, depth: number, page: Page): string {
  const total = count(nodes.total[node]!).padStart(12);
  const times = nodes.count[node]! > 1 ? page.style.dim(` ×${count(nodes.count[node]!)}`) : '';
  return `${page.style.dim(total)}  ${'  '.repeat(depth)}${kindMarks[entryKinds[nodes.kind[node]!]!] ?? ''}${name}${times}`;
}
