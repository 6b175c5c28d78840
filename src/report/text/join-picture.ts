import type { ChainLink, PathSummary } from '../../compare/comparison.js';
import { count } from './quantity.js';

/** A line of the picture: what a lane runs, and the arrows on its right. */
interface Line {
  readonly left: string;
  readonly right: string;
}

interface Lane {
  readonly label: string;
  /** What is still to be drawn, from the entry on. */
  readonly links: readonly ChainLink[];
}

/** The kind of a link that stands for what ran before the kernel: no two paths have that in common. */
const loader = 'loader';

const labelWidth = 18;
const nameWidth = 28;
const countWidth = 14;

/**
 * How the paths flow into `start_kernel`: one lane each from its entry on, with the instructions that every function took
 * before it handed on, and an arrow where lanes have become one.
 */
export function joinPicture(paths: readonly PathSummary[]): string[] {
  const lanes = paths.flatMap(({ path, chain, prologue }) => {
    if (!chain) return [];
    if (!prologue) return [{ label: path, links: chain }];
    const { modules, instructions } = prologue;
    const name = `(${modules.join(', ') || 'before the kernel'})`;
    return [
      { label: path, links: [{ function: name, kind: loader, instruction: 0, instructions }, ...chain] },
    ];
  });
  return draw(lanes).map(({ left, right }) => `${left} ${right}`.trimEnd());
}

/** Lanes that end alike. */
function draw(lanes: readonly Lane[]): Line[] {
  if (lanes.length === 0) return [];
  if (lanes.length === 1) return own(lanes[0]!.links, lanes[0]!.label);
  const trunk = commonEnd(lanes);
  const groups = new Map<string, Lane[]>();
  for (const { label, links } of lanes) {
    const rest = links.slice(0, links.length - trunk.length);
    const last = rest.at(-1);
    const key = last && last.kind !== loader ? last.function : `= ${label}`;
    groups.set(key, [...(groups.get(key) ?? []), { label, links: rest }]);
  }
  if (groups.size === 1 && trunk.length === 0) return lanes.flatMap(({ links, label }) => own(links, label));
  const blocks = [...groups.values()].sort((a, b) => b.length - a.length).map(draw);
  return [...joined(blocks), ...own(trunk, '', lanes)];
}

/** A lane, or what several have in common at their end: then with the least and the most it took. */
function own(links: readonly ChainLink[], label: string, lanes: readonly Lane[] = []): Line[] {
  if (links.length === 0) return [{ left: label.padEnd(labelWidth + nameWidth + countWidth), right: '' }];
  return links.map(({ function: name, instructions }, i) => {
    const each = lanes.map((lane) => lane.links.at(i - links.length)!.instructions);
    const taken = range([instructions, ...each]);
    const head = (i === 0 ? label : '').padEnd(labelWidth);
    return { left: `${head}${name.padEnd(nameWidth)}${taken.padStart(countWidth)}`, right: '' };
  });
}

/** Blocks one under the other, the last line of each led to one arrow. */
function joined(blocks: readonly Line[][]): Line[] {
  const width = Math.max(...blocks.flat().map(({ right }) => right.length)) + 1;
  const lines = blocks.flatMap((block, i) =>
    block.map(({ left, right }, line) => {
      const isLast = line === block.length - 1;
      const corner = isLast ? (i === 0 ? '┐' : '┤') : i === 0 ? ' ' : '│';
      return { left, right: `${right.padEnd(width, isLast ? '─' : ' ')}${corner}` };
    }),
  );
  const blank = ' '.repeat(labelWidth + nameWidth + countWidth);
  return [...lines, { left: blank, right: `${' '.repeat(width)}▼` }];
}

function commonEnd(lanes: readonly Lane[]): readonly ChainLink[] {
  const { links } = lanes[0]!;
  let common = 0;
  const same = (at: number): boolean =>
    links.at(-1 - at)!.kind !== loader &&
    lanes.every((lane) => lane.links.at(-1 - at)?.function === links.at(-1 - at)!.function);
  while (common < links.length && same(common)) common++;
  return common === 0 ? [] : links.slice(-common);
}

function range(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 0) return '';
  return least === most ? count(most) : `${count(least)}–${count(most)}`;
}
