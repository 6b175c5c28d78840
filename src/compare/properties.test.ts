import { expect, test } from 'vitest';
import { makeRecording, type Ran } from '../../test/trace/recording.js';
import type { Recording } from '../trace/recording.js';
import { compareRecordings } from './compare.js';
import type { Parting, Sides } from './comparison.js';

const functions = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? `init:f${i}` : `f${i}`)).concat(
  'start_kernel',
);
const names = functions.map((name) => name.replace('init:', ''));

/** A boot that ran some functions in some order, by way of some chain, out of a number. */
function randomBoot(seed: number): Recording {
  let state = seed * 2654435761;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const order = [...names.keys()].filter(() => next(3) > 0).sort(() => next(3) - 1);
  const ran = order.map((row, i): Ran => [names[row]!, i * 2, next(5) === 0 ? 4 : 0]);
  const meeting = next(order.length * 2 + 2);
  const depth = 1 + next(5);
  const chain = Array.from({ length: depth }, (_, i) => [names[next(40)]!, i - 1, i === 0 ? 0 : 1] as const);
  const tree: (readonly [string, number, number, number?])[] =
    next(4) === 0 ? chain : [...chain, ['start_kernel', depth - 1, 1]];
  for (let i = next(30); i > 0; i--)
    tree.push([names[next(40)]!, depth - 1 + next(tree.length - depth + 1), 1 + next(5), next(3)]);
  return makeRecording({
    functions,
    entry: seed % 2 === 0 ? 'linux64' : 'pvh',
    ran,
    waypoints: next(4) === 0 ? [] : [{ name: 'start_kernel', instruction: meeting, time: meeting }],
    tree,
  });
}

function turnedParting({ a, b, instruction, ...rest }: Parting): Parting {
  return { ...rest, a: b, b: a, instruction: { a: instruction.b, b: instruction.a } };
}

const seeds = Array.from({ length: 60 }, (_, i) => i + 1);

test('a boot against itself has no difference', () => {
  for (const seed of seeds) {
    const { same, before, whole, joins, paths, partings, after } = compareRecordings([
      randomBoot(seed),
      randomBoot(seed),
    ]);
    expect(same, String(seed)).toBe(true);
    for (const sides of [before[0]!, whole[0]!.init, whole[0]!.other])
      expect([sides.onlyA, sides.onlyB, sides.reordered]).toEqual([[], [], []]);
    if (joins[0]!.at === null) expect([partings[0]!.at, after[0]!.onlyA]).toEqual([null, null]);
    else expect([partings[0]!.at, after[0]!.onlyA, after[0]!.onlyB]).toEqual([[], [], []]);
    // The whole chain is common.
    expect(joins[0]!.at).toBe(paths[0]!.chain?.[0]?.function ?? null);
  }
});

test('B against A is A against B turned round', () => {
  const turned = ({ onlyA, onlyB, both, reordered }: Sides) => ({
    onlyA: onlyB,
    onlyB: onlyA,
    both,
    reordered: reordered.length,
  });
  const plain = ({ onlyA, onlyB, both, reordered }: Sides) => ({
    onlyA,
    onlyB,
    both,
    reordered: reordered.length,
  });
  for (const seed of seeds) {
    const [a, b] = [randomBoot(seed), randomBoot(seed + 1)];
    const [one, other] = [compareRecordings([a, b]), compareRecordings([b, a])];
    expect(plain(other.before[0]!)).toEqual(turned(one.before[0]!));
    for (const part of ['init', 'other'] as const)
      expect(plain(other.whole[0]![part])).toEqual(turned(one.whole[0]![part]));
    expect(other.joins[0]!.at).toBe(one.joins[0]!.at);
    expect(other.same).toBe(one.same);
    expect(other.dead).toEqual(one.dead);
    const partings = (found: typeof one) =>
      (found.partings[0]!.at ?? [])
        .map(({ function: f, site, a, b, by, instruction: i }) =>
          JSON.stringify([f, site, a, b, by, i.a, i.b]),
        )
        .sort();
    const mirrored = (found: typeof one.partings): typeof one.partings =>
      found.map(({ a: nameA, b: nameB, at }) => ({
        a: nameB,
        b: nameA,
        at: at?.map(turnedParting) ?? null,
      }));
    expect(partings(other)).toEqual(partings({ ...one, partings: mirrored(one.partings) }));
    expect([other.after[0]!.onlyA, other.after[0]!.onlyB]).toEqual([
      one.after[0]!.onlyB,
      one.after[0]!.onlyA,
    ]);
    const sorted = (found: typeof one.twice) => found.map((each) => JSON.stringify(each)).sort();
    expect(sorted(other.twice)).toEqual(sorted(one.twice));
  }
});

test('what ran on none, on one and on all is each function once', () => {
  for (const seed of seeds) {
    const { dead } = compareRecordings([randomBoot(seed), randomBoot(seed + 1)]);
    for (const { functions: count, observed } of [dead!.init, dead!.text]) {
      const only = Object.values(observed.only).flat();
      expect(observed.none.length + observed.all + only.length).toBe(count);
      expect(new Set([...observed.none, ...only]).size).toBe(observed.none.length + only.length);
    }
  }
});

test('what one path alone ran behind the join is what it alone ran, each once, and the rest it ran before', () => {
  for (const seed of seeds) {
    const { joins, after, whole, paths } = compareRecordings([randomBoot(seed), randomBoot(seed + 1)]);
    const { onlyA } = after[0]!;
    if (!onlyA) continue;
    const led = onlyA.flatMap((group) => group.functions);
    const alone = [...whole[0]!.init.onlyA, ...whole[0]!.other.onlyA];
    expect(new Set(led).size).toBe(led.length);
    const join = paths[0]!.chain!.findLast((link) => link.function === joins[0]!.at)!;
    const { firstRuns, functions: all } = randomBoot(seed);
    const first = new Map<string, number>();
    for (const [i, row] of firstRuns.function.entries())
      if (firstRuns.offset[i] === 0) first.set(all.name[row]!, firstRuns.instruction[i]!);
    expect(led.toSorted()).toEqual(alone.filter((name) => first.get(name)! >= join.instruction).toSorted());
  }
});
