import { expect, test } from 'vitest';
import { type Made, makeRecording } from '../../test/trace/recording.js';
import { compareRecordings } from './compare.js';
import { twiceRows } from './twice-rows.js';

const functions = [
  'stub',
  'startup',
  'start_kernel',
  'init:setup_arch',
  'cpu_init',
  'get_cpu_cap',
  'scattered',
  'init:static_call_init',
  'init:copy_bootdata',
  'init:xen_only',
  'strlen',
];
type Node = NonNullable<Made['tree']>[number];
const [root, call, jump] = [0, 1, 2];

/** What follows `start_kernel` (at a node) on every path. */
const common = (at: number): Node[] => [
  ['setup_arch', at, call],
  ['static_call_init', at, call],
  ['static_call_init', at + 1, call],
  ['cpu_init', at + 1, call],
  ['get_cpu_cap', at + 4, call],
  ['scattered', at + 5, call],
];
const made = (tree: readonly Node[], more: Partial<Made> = {}): Made => {
  const meeting = tree.findIndex(([name]) => name === 'start_kernel');
  const waypoints = [{ name: 'start_kernel', instruction: meeting, time: meeting }];
  return { functions, waypoints: meeting === -1 ? [] : waypoints, tree, ...more };
};
const native = made([['startup', -1, root], ['start_kernel', 0, call], ...common(1)]);
const stubbed = made(
  [
    ['stub', -1, root],
    ['get_cpu_cap', 0, call],
    ['scattered', 1, call],
    ['xen_only', 0, call],
    ['startup', 0, jump],
    ['start_kernel', 4, call],
    ...common(5),
    ['xen_only', 6, call],
  ],
  { entry: 'pvh' },
);
const twiceOf = (...all: Made[]) =>
  compareRecordings(all.map(makeRecording)).twice.map(
    ({ path, function: name, callers, runs, inStub, again }) => [
      path,
      name,
      again,
      runs,
      inStub,
      callers.join(),
    ],
  );

test('in a stub and again behind the join, apart from what every path does twice', () => {
  expect(twiceOf(native, stubbed)).toEqual([
    ['linux64', 'static_call_init', 'every', 2, 0, 'start_kernel,setup_arch'],
    ['pvh', 'get_cpu_cap', 'stub', 2, 1, 'stub,cpu_init'],
    // Entered by one function, which is itself entered twice.
    ['pvh', 'scattered', 'stub', 2, 1, 'get_cpu_cap'],
    ['pvh', 'xen_only', 'stub', 2, 1, 'stub,setup_arch'],
    ['pvh', 'static_call_init', 'every', 2, 0, 'start_kernel,setup_arch'],
  ]);
});

test('more often than on another path that got as far, and on some alone', () => {
  const copies: Node[] = [
    ['startup', -1, root],
    ['copy_bootdata', 0, call],
    ['cpu_init', 0, call],
    ['copy_bootdata', 2, call],
    ['start_kernel', 0, call],
  ];
  const once = made([copies[0]!, copies[1]!, ['start_kernel', 0, call]]);
  const sortOf = (...others: Made[]) =>
    twiceOf(made(copies), ...others).filter(([, name]) => name === 'copy_bootdata')[0]![2];
  const pvh = { entry: 'pvh' } as const;
  expect(sortOf({ ...once, ...pvh })).toBe('more');
  expect(sortOf({ ...made([copies[0]!, copies[4]!]), ...pvh })).toBe('some');
  expect(sortOf({ ...made(copies), ...pvh })).toBe('every');
  // Who did not get there says nothing, and no one path knows of every path.
  expect(sortOf({ ...made([copies[0]!, copies[1]!]), ...pvh })).toBe('alone');
  expect(sortOf()).toBe('alone');
});

test('loops and helpers are no duplicates', () => {
  const loop = native.tree!.map(([name, parent, kind]): Node => [name, parent, kind]);
  const again: Node[] = [...loop, ['copy_bootdata', 2, call, 8], ['copy_bootdata', 2, call, 9]];
  expect(twiceOf(made(again)).map(([, name]) => name)).toEqual(['static_call_init']);
  const helper: Node[] = [0, 1, 2, 5].map((parent) => ['strlen', parent, call]);
  expect(twiceOf(made([...loop, ...helper])).map(([, name]) => name)).toEqual(['static_call_init']);
});

test('rows put paths together that did the same', () => {
  const { twice } = compareRecordings([native, stubbed].map(makeRecording));
  const rows = twiceRows(twice);
  expect([...rows.keys()]).toEqual(['stub', 'every']);
  expect(rows.get('every')!.map(({ paths }) => paths)).toEqual([['linux64', 'pvh']]);
});
