import { expect, test } from 'vitest';
import { makeRecording } from '../../../test/trace/recording.js';
import { NodeTable } from '../../trace/node-table.js';
import type { Recording } from '../../trace/recording.js';
import { perfetto } from './perfetto.js';

interface Event {
  readonly ph: string;
  readonly tid: number;
  readonly name?: string;
  readonly ts: number;
  readonly args?: Record<string, number>;
}

/** A slice as Perfetto's importer has it: whole nanoseconds, cut off, not rounded. */
interface Slice {
  readonly name: string;
  readonly start: number;
  end: number;
  /** How many calls in it are not shown. */
  readonly lacking: number;
}

/** Imports a trace by the rules of the format; throws where Perfetto would count a misplaced end or an overlap. */
function imported(text: string): Map<number, Slice[]> {
  const { traceEvents } = JSON.parse(text) as { traceEvents: Event[] };
  const open = new Map<number, Slice[]>();
  const found = new Map<number, Slice[]>();
  const last = new Map<number, number>();
  for (const { ph, tid, name, ts, args } of traceEvents) {
    if (ph === 'M') continue;
    const at = Math.trunc(ts * 1000);
    if (!Number.isFinite(at) || at < (last.get(tid) ?? 0)) throw new Error(`${name}: time runs backwards`);
    last.set(tid, at);
    const stack = open.get(tid) ?? [];
    open.set(tid, stack);
    if (ph === 'B') {
      if (!name) throw new Error('a slice has no name');
      const slice = { name, start: at, end: Number.NaN, lacking: args?.lacking ?? 0 };
      stack.push(slice);
      const all = found.get(tid) ?? [];
      found.set(tid, all);
      all.push(slice);
    } else if (ph === 'E') {
      const top = stack.pop();
      if (!top) throw new Error('an end of no slice');
      const around = stack.at(-1);
      if (around && top.start < around.start) throw new Error(`${top.name} begins before ${around.name}`);
      top.end = at;
    } else throw new Error(`there is no event of kind ${ph}`);
  }
  if ([...open.values()].some((stack) => stack.length > 0)) throw new Error('a slice has no end');
  return found;
}

/** A tree as a boot makes one, out of a row of numbers: calls, jumps, returns, exceptions; `deep`: rarely the same call again. */
function randomTree(seed: number, steps = 400, deep = false): Recording {
  const functions = ['a', 'b', 'c', 'd', 'e'];
  const base = makeRecording({ functions });
  const tree = new NodeTable();
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const whole = base.functions.name.length - functions.length;
  let instruction = 1_000_000_005;
  const stack = [tree.enter(-1, whole, 0, 0, instruction)];
  for (let i = 0; i < steps; i++) {
    const spent = next(5);
    tree.spend(stack.at(-1)!, spent);
    instruction += spent;
    if (stack.length > 1 && next(2) === 0) stack.pop();
    else stack.push(tree.enter(stack.at(-1)!, whole + next(5), 1, next(deep ? 1 << 20 : 3), instruction));
  }
  return { ...base, instructions: instruction, tree: tree.columns((_row, site) => site) };
}

test('slices are strictly nested, whatever a boot called', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const recording = randomTree(seed);
    const slices = imported(perfetto.render(recording, {}) as string).get(2)!;
    expect(slices).toHaveLength(recording.tree.parent.length);
    const lengths = slices.map(({ start, end }) => end - start).sort((a, b) => a - b);
    // Give or take what is cut off.
    for (const [i, total] of recording.tree.total.slice().sort().entries())
      expect(Math.abs(lengths[i]! - total)).toBeLessThanOrEqual(1);
  }
});

test('of very many calls the shortest are left out and counted: a file stays below 20 MB', () => {
  const recording = randomTree(7, 300_000, true);
  const { total } = recording.tree;
  expect(total.length).toBeGreaterThan(140_000);
  const text = perfetto.render(recording, {}) as string;
  expect(text.length).toBeLessThan(20e6);
  const slices = imported(text).get(2)!;
  expect(slices.length).toBeGreaterThan(50_000);
  const shortest = slices.reduce((least, { start, end }) => Math.min(least, end - start), Infinity);
  const shown = total.filter((each) => each > shortest + 1);
  expect(slices.length).toBeGreaterThanOrEqual(shown.length);
  // What is left out inside something that is left out is not counted.
  const lacking = slices.reduce((sum, each) => sum + each.lacking, 0);
  expect(lacking).toBeGreaterThan(0);
  expect(lacking).toBeLessThanOrEqual(total.length - slices.length);
});

test('what was entered once begins where it did; the track of waypoints covers the boot', () => {
  const recording = makeRecording({
    functions: ['startup_64', 'early', 'start_kernel'],
    waypoints: [
      { name: 'entry', instruction: 0, time: 0 },
      { name: 'start_kernel', instruction: 7, time: 7 },
    ],
    tree: [
      ['startup_64', -1, 0],
      ['early', 0, 1],
      ['start_kernel', 0, 2],
    ],
  });
  const tree = { ...recording.tree, first: Float64Array.of(2, 3, 7), total: Float64Array.of(10, 2, 3) };
  const slices = imported(perfetto.render({ ...recording, tree }, {}) as string);
  expect(slices.get(2)!.map(({ name, start, end }) => [name, start, end])).toEqual([
    ['startup_64', 2, 12],
    ['early', 3, 5],
    ['start_kernel', 7, 10],
  ]);
  expect(slices.get(1)!.map(({ name, start, end }) => [name, start, end])).toEqual([
    ['entry', 0, 7],
    ['start_kernel', 7, 1000],
  ]);
});

test('a boot without a tree is a trace, too', () => {
  expect(imported(perfetto.render(makeRecording(), {}) as string).size).toBe(0);
});
