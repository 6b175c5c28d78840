import type { Comparison, Dead, Pair, Sides, Unreachable } from '../../compare/comparison.js';
import { againTitles, runsText, twiceRows } from '../../compare/twice-rows.js';
import { joinPicture } from '../../report/text/join-picture.js';
import { bytes, count } from '../../report/text/quantity.js';
import { visible } from '../../report/text/visible.js';
import type { ComparisonFormat } from './format.js';
import { code, details, escaped, table } from './gfm.js';
import { ledList, partingTable } from './markdown-behind.js';
import { knowsBlock } from './markdown-knows.js';
import { sameStateTable } from './markdown-same-state.js';
import { savingsBlock } from './markdown-savings.js';

/** What GitHub takes as a comment, in characters. */
const mostCharacters = 65_536;
/** Names of a list that are shown; the fewer, the more pairs there are. */
const mostNames = [200, 50, 20, 5];

/** For a review comment, in GitHub Flavored Markdown: what is short stands open, lists of names are folded. */
export const markdown: ComparisonFormat = {
  id: 'markdown',
  render({ comparison }) {
    const sized = mostNames.map((most) => `${blocks(comparison, most).filter(Boolean).join('\n\n')}\n`);
    return sized.find(({ length }) => length <= mostCharacters) ?? sized.at(-1)!;
  },
};

function blocks(comparison: Comparison, most: number): string[] {
  const { same, paths, before, dead } = comparison;
  const images = [...new Set(paths.map(({ image }) => image))].map(code).join(', ');
  const lead = same ? 'all the same functions in the same order' : `${count(paths.length)} boot paths`;
  const picture = joinPicture(paths);
  return [
    `**${images}**: ${lead}`,
    table(
      ['Path', 'On', 'End', 'Last at'],
      paths.map(({ path, platform, verdict, waypoints }) => [
        code(path),
        code(platform),
        `${verdict === 'failed' ? '✗' : '✓'} ${verdict}`,
        code(waypoints.at(-1)?.name ?? 'nothing'),
      ]),
    ),
    picture.length > 0 ? `\`\`\`\n${picture.map(visible).join('\n')}\n\`\`\`` : '',
    joins(comparison),
    ...before.map((pair) => folded(pair, most)),
    wholeTable(comparison),
    partingTable(comparison, most),
    ...comparison.after.map((pair) => ledList(pair, most)),
    twice(comparison),
    sameStateTable(comparison),
    knowsBlock(comparison),
    savingsBlock(comparison, most),
    dead ? deadTable(dead) : '',
    dead ? unreachableTable(dead) : '',
  ];
}

function joins({ joins: found }: Comparison): string {
  return table(
    ['Paths', 'Join at'],
    found.map(({ a, b, at }) => [
      `${code(a)}, ${code(b)}`,
      at === null ? 'nowhere: one did not reach `start_kernel`' : code(at),
    ]),
  );
}

/** What a pair differs in before `start_kernel`. */
function folded({ a, b, onlyA, onlyB, both, reordered }: Pair & Sides, most: number): string {
  const lists = (
    [
      [`only ${a}`, onlyA],
      [`only ${b}`, onlyB],
      ['both, in another order', reordered],
    ] as const
  ).filter(([, names]) => names.length > 0);
  if (lists.length === 0) return '';
  const figures = lists.map(([label, names]) => `${count(names.length)} ${label}`).join(', ');
  const items = lists.map(([label, names]) => {
    const more = names.length > most ? ` and ${count(names.length - most)} more` : '';
    return `- **${escaped(label)}**: ${names.slice(0, most).map(code).join(' ')}${more}`;
  });
  const title = `${a} against ${b} before start_kernel: ${figures}; ${count(both)} on both`;
  return details(title, items.join('\n'));
}

function wholeTable({ whole }: Comparison): string {
  return table(
    ['Whole boot', 'Text', 'Only the first', 'Only the second', 'Both', 'In another order'],
    whole.flatMap(({ a, b, init, other }) =>
      (
        [
          ['init', init],
          ['other', other],
        ] as const
      ).map(([part, { onlyA, onlyB, both, reordered }]) => [
        `${code(a)}, ${code(b)}`,
        part,
        ...[onlyA.length, onlyB.length, both, reordered.length].map(count),
      ]),
    ),
  );
}

function twice({ twice: found }: Comparison): string {
  const rows = [...twiceRows(found)].flatMap(([kind, each]) =>
    each.map((row) => [againTitles[kind], row] as const),
  );
  if (rows.length === 0) return '';
  return table(
    ['Twice', 'Function', 'Times', 'On', 'From'],
    rows.map(([kind, row]) => [
      kind,
      code(row.function),
      runsText(row),
      row.paths.map(code).join(', '),
      row.callers.map(code).join(', '),
    ]),
  );
}

function deadTable(dead: { readonly init: Dead; readonly text: Dead }): string {
  const parts = [
    ['init text', dead.init],
    ['other text', dead.text],
  ] as const;
  const paths = Object.keys(dead.init.observed.only);
  return table(
    ['Observed', 'functions', 'ran on none', 'on all', ...paths.map((path) => `only ${code(path)}`)],
    parts.map(([title, { functions, bytes: size, observed }]) => [
      title,
      `${count(functions)}, ${bytes(size)}`,
      `${count(observed.none.length)}, ${bytes(observed.noneBytes)}`,
      count(observed.all),
      ...paths.map((path) => count(observed.only[path]!.length)),
    ]),
  );
}

function unreachableTable({ init, text }: { readonly init: Dead; readonly text: Dead }): string {
  if (!init.static || !text.static) return '';
  const size = ({ functions, bytes: all }: Unreachable) => `${count(functions.length)}, ${bytes(all)}`;
  return table(
    ['Static: no code or data leads there from', 'init text', 'other text'],
    [
      ...Object.entries(init.static.from).map(([path, found]) => [
        code(path),
        size(found),
        size(text.static!.from[path]!),
      ]),
      ['all of these', size(init.static.none), size(text.static.none)],
    ],
  );
}
