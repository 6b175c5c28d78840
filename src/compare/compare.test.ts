import { expect, test } from 'vitest';
import { type Made, makeRecording } from '../../test/trace/recording.js';
import { compareRecordings } from './compare.js';
import type { Comparison } from './comparison.js';

const functions = [
  'stub',
  'startup',
  'init:early',
  'init:late',
  'start_kernel',
  'driver',
  '__fentry__',
  'init:never',
];
const native: Made = {
  functions,
  ran: [
    ['startup', 0],
    ['early', 3],
    ['__fentry__', 4],
    ['start_kernel', 10],
    ['driver', 20],
    ['late', 30],
  ],
  waypoints: [{ name: 'start_kernel', instruction: 10, time: 10 }],
  tree: [
    ['startup', -1, 0],
    ['early', 0, 1],
    ['start_kernel', 0, 2],
    ['early', 2, 1],
  ],
};
const stubbed: Made = {
  functions,
  entry: 'pvh',
  ran: [
    ['stub', 0],
    // Reached in its middle: its first instruction did not run.
    ['late', 1, 8],
    ['startup', 2],
    ['start_kernel', 12],
    ['late', 14],
    ['driver', 20],
  ],
  waypoints: [{ name: 'start_kernel', instruction: 12, time: 12 }],
  tree: [
    ['stub', -1, 0],
    ['startup', 0, 2],
    ['start_kernel', 1, 1],
  ],
};

const compare = (...made: Made[]): Comparison => compareRecordings(made.map(makeRecording));

test('paths join at the first function of their common end', () => {
  const { joins, before, paths } = compare(native, stubbed);
  expect(joins).toEqual([{ a: 'linux64', b: 'pvh', at: 'startup' }]);
  expect(before).toEqual([
    { a: 'linux64', b: 'pvh', onlyA: ['early'], onlyB: ['stub'], both: 1, reordered: [] },
  ]);
  expect(paths[1]!.chain!.map(({ function: name, instructions }) => [name, instructions])).toEqual([
    ['stub', 1],
    ['startup', 1],
    ['start_kernel', 0],
  ]);
});

test('of whole boots, init text apart, with what stands in another order', () => {
  const { whole } = compare(native, stubbed);
  expect(whole[0]!.init).toEqual({ onlyA: ['early'], onlyB: [], both: 1, reordered: [] });
  const other = compare(native, { ...native, ran: [...native.ran!].reverse() }).whole[0]!.other;
  expect(other.both).toBe(3);
  expect(
    compare(native, {
      ...stubbed,
      ran: [
        ['driver', 0],
        ['start_kernel', 1],
      ],
    }).whole[0]!.other.reordered,
  ).toHaveLength(1);
});

test('a function that two functions enter', () => {
  expect(compare(native, stubbed).twice).toEqual([
    {
      path: 'linux64',
      function: 'early',
      callers: ['startup', 'start_kernel'],
      runs: 2,
      inStub: 0,
      again: 'some',
    },
  ]);
});

test('what ran on none, on all, on one', () => {
  const { dead } = compare(native, stubbed);
  expect(dead!.init).toEqual({
    functions: 3,
    bytes: 48,
    observed: { none: ['never'], noneBytes: 16, all: 1, only: { linux64: ['early'], pvh: [] } },
    static: null,
  });
});

test('what nothing leads to is another claim, of each path and of all', () => {
  const functions = ['startup', 'init:never', 'init:pvh_only', 'both'];
  const boot = (entry: 'linux64' | 'pvh', ...unreachable: string[]): Made => ({
    entry,
    functions,
    ran: [['startup', 0]],
    unreachable,
  });
  const { dead } = compare(boot('linux64', 'never', 'pvh_only'), boot('pvh', 'never'));
  expect([dead!.init.static, dead!.text.static]).toEqual([
    {
      none: { functions: ['never'], bytes: 16 },
      from: {
        linux64: { functions: ['never', 'pvh_only'], bytes: 32 },
        pvh: { functions: ['never'], bytes: 16 },
      },
    },
    {
      none: { functions: [], bytes: 0 },
      from: { linux64: { functions: [], bytes: 0 }, pvh: { functions: [], bytes: 0 } },
    },
  ]);
});

test('a boot against itself is the same, and turned round it is mirrored', () => {
  const self = compare(native, native);
  expect([self.same, self.joins[0]!.at]).toEqual([true, 'startup']);
  expect(self.before[0]).toMatchObject({ onlyA: [], onlyB: [], reordered: [] });
  const [one, other] = [compare(native, stubbed), compare(stubbed, native)];
  expect(one.same).toBe(false);
  expect(other.before[0]).toEqual({
    a: 'pvh',
    b: 'linux64',
    onlyA: one.before[0]!.onlyB,
    onlyB: one.before[0]!.onlyA,
    both: one.before[0]!.both,
    reordered: one.before[0]!.reordered,
  });
});

test('a boot that did not get to start_kernel joins nowhere', () => {
  const { joins, paths } = compare(native, { ...stubbed, waypoints: [], tree: [['stub', -1, 0]] });
  expect(joins[0]!.at).toBeNull();
  expect(paths[1]!.chain).toBeNull();
});

test('names tell boots apart, by as little as they differ in', () => {
  const names = (...made: Made[]): string[] => compare(...made).paths.map(({ path }) => path);
  expect(names(native, stubbed)).toEqual(['linux64', 'pvh']);
  expect(names(native, stubbed, { ...stubbed, platform: 'xen-pvh' })).toEqual([
    'linux64',
    'pvh/bare',
    'pvh/xen-pvh',
  ]);
  expect(names(native, native)).toEqual(['linux64#1', 'linux64#2']);
});
