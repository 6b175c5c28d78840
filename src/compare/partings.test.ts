import { expect, test } from 'vitest';
import { type Made, makeRecording } from '../../test/trace/recording.js';
import { compareRecordings } from './compare.js';
import { partingRows } from './parting-rows.js';

const functions = [
  'stub',
  'startup',
  'init:start_kernel',
  'init:setup_arch',
  'x86_init_noop',
  'init:xen_arch_setup',
  'below',
  'helper',
  'handler',
  'native_cli',
  'xen_cli',
  '__raw_callee_save_xen_cli',
  'kernel_init',
  'init:some_init',
  'closed',
];
const op = (member: string, target: string | null, code?: string) => ({
  member,
  kind: 'replaced' as const,
  target,
  initial: null,
  by: null,
  sites: code ? [{ code, count: 1 }] : [],
});
const state = (
  instruction: number,
  ops: readonly ReturnType<typeof op>[],
): NonNullable<Made['states']>[number] => ({
  waypoint: 'start_kernel',
  instruction,
  registers: {},
  kept: {},
  paging: { levels: 0, root: '0x0', tables: [], pages: {}, mapped: 0, writableExecutable: 0, user: 0 },
  tables: [{ table: 'x86_init', freed: false, ops }],
});
const kind = { root: 0, call: 1, jump: 2, exception: 4 } as const;
const made = (tree: NonNullable<Made['tree']>, more: Partial<Made> = {}): Made => ({
  functions,
  waypoints: [{ name: 'start_kernel', instruction: 1, time: 1 }],
  // Node i of a made tree is entered at instruction i.
  ran: tree.map(([name], i) => [name, i, 0, 16] as const),
  tree,
  ...more,
});
const way = [
  ['startup', -1, kind.root],
  ['start_kernel', 0, kind.call, 1],
  ['setup_arch', 1, kind.call, 2],
] as const;
const compare = (a: Made, b: Made) => {
  const { partings, after } = compareRecordings([makeRecording(a), makeRecording({ ...b, entry: 'pvh' })]);
  return { at: partings[0]!.at!, after: after[0]!, rows: partingRows(partings) };
};

test('a table decides where both went through it, and is named by what it held on each', () => {
  const a = made([...way, ['x86_init_noop', 2, kind.call, 8]], {
    states: [state(1, [op('oem.arch_setup', 'x86_init_noop'), op('oem.banner', 'x86_init_noop')])],
  });
  const stubbed = [
    ['stub', -1, kind.root],
    ['startup', 0, kind.jump, 3],
    ['start_kernel', 1, kind.call, 1],
    ['setup_arch', 2, kind.call, 2],
    ['xen_arch_setup', 3, kind.call, 8],
    ['below', 4, kind.call, 4],
  ] as const;
  const b = made(stubbed, {
    // What it held before the join is nothing to the place.
    states: [
      state(0, [op('oem.banner', 'xen_arch_setup')]),
      state(2, [op('oem.arch_setup', 'xen_arch_setup'), op('oem.banner', 'xen_banner')]),
    ],
  });
  const { at, after } = compare(a, b);
  expect(at).toEqual([
    {
      function: 'setup_arch',
      site: '0xffffffff81000038',
      offset: 8,
      a: ['x86_init_noop'],
      b: ['xen_arch_setup'],
      by: { kind: 'table', names: ['x86_init.oem.arch_setup'] },
      instruction: { a: 3, b: 4 },
    },
  ]);
  expect(after).toMatchObject({
    onlyA: [{ under: 'setup_arch', how: 'calls', functions: ['x86_init_noop'] }],
    onlyB: [{ under: 'setup_arch', how: 'calls', functions: ['xen_arch_setup', 'below'] }],
  });
});

test('a table decides where what it held is patched in line, but not where one path did not come', () => {
  const tree = [
    ...way,
    ['__raw_callee_save_xen_cli', 2, kind.call, 8],
    ['xen_cli', 3, kind.call, 5],
  ] as const;
  const b = made(tree, { states: [state(1, [op('irq.disable', '__raw_callee_save_xen_cli', 'call x')])] });
  const inLine = { states: [state(1, [op('irq.disable', 'native_cli', 'cli')])] };
  expect(compare(made(way, inLine), b).at.map(({ by, a, b: on }) => [by, a, on])).toEqual([
    [{ kind: 'table', names: ['x86_init.irq.disable'] }, [], ['xen_cli']],
  ]);
  const short = [
    ['startup', 0, 0, 16],
    ['start_kernel', 1, 0, 16],
    ['setup_arch', 2, 0, 8],
  ] as const;
  expect(compare(made(way, { ...inLine, ran: short }), b).at[0]!.by.kind).toBe('branch');
  // Whoever has a call there and did not enter anything went another way.
  const calls = { states: [state(1, [op('irq.disable', 'native_cli', 'call native_cli')])] };
  expect(compare(made(way, calls), b).at[0]!.by.kind).toBe('branch');
});

test('different functions from one place are a pointer, one alone a branch, a trampoline a static call', () => {
  const noop = made([...way, ['x86_init_noop', 2, kind.call, 8]]);
  const below = made([...way, ['below', 2, kind.call, 8]]);
  expect(compare(noop, below).at[0]!.by).toEqual({ kind: 'pointer', names: [] });
  expect(compare(noop, made(way)).at[0]!.by).toEqual({ kind: 'branch', names: [] });
  // The trampoline is there before the call itself is patched, the table afterwards.
  const patched = { ...below, staticCalls: [['setup_arch', 8, 'clock']] as const };
  expect(compare(noop, patched).at[0]!.by).toEqual({ kind: 'static-call', names: ['clock'] });
  const more = [...functions, '__SCT__clock'];
  const through = { ...made([...way, ['__SCT__clock', 2, 1, 8], ['below', 3, 2]]), functions: more };
  expect(compare({ ...noop, functions: more }, through).at[0]!.by).toEqual({
    kind: 'static-call',
    names: ['clock'],
  });
});

test('what an exception entered, and what the other path enters from there in another context, parts nothing', () => {
  const a = made([
    ...way,
    ['handler', 2, kind.exception, 8],
    ['helper', 2, kind.call, 9],
    ['below', 4, kind.call, 3],
  ]);
  const b = made([
    ...way,
    ['helper', 2, kind.call, 9],
    ['xen_arch_setup', 2, kind.call, 10],
    ['helper', 4, kind.call, 3],
    ['below', 5, kind.call, 3],
  ]);
  const { at, after } = compare(a, b);
  expect(at.map(({ a: onA, b: onB }) => [onA, onB])).toEqual([[[], ['xen_arch_setup']]]);
  expect(after.onlyA).toEqual([{ under: null, how: 'exception', functions: ['handler'] }]);
});

test('where calls are not told apart, the initialiser that was entered last stands for what led there', () => {
  const tree = [...way, ['kernel_init', 2, kind.jump, 9], ['some_init', 3, kind.call, 3]] as const;
  const b = made(tree);
  const a = made(tree, { ran: [...b.ran!, ['closed', 4.5], ['native_cli', 900]] });
  expect(compare(a, b).after.onlyA).toEqual([
    { under: 'some_init', how: 'during', functions: ['closed'] },
    { under: null, how: 'unknown', functions: ['native_cli'] },
  ]);
});

test('where one recording is deep and the other is not, what the other did not tell parts nothing', () => {
  const tree = [
    ...way,
    ['kernel_init', 2, kind.jump, 9],
    ['do_one_initcall', 3, kind.call, 3],
    ['some_init', 4, kind.call, 3],
  ] as const;
  const rest = {
    functions: [...functions, 'do_one_initcall'],
    waypoints: [
      { name: 'start_kernel', instruction: 1, time: 1 },
      { name: 'rest_init', instruction: 3, time: 3 },
    ],
  };
  const shallow = made(tree, rest);
  const deep = made([...tree, ['closed', 5, kind.call, 8]], rest);
  expect(compare(deep, shallow).at).toEqual([]);
  expect(compare(shallow, deep).at).toEqual([]);
  const other = made([...tree, ['below', 5, kind.call, 8]], rest);
  expect(compare(deep, other).at).toMatchObject([{ a: ['closed'], b: ['below'], by: { kind: 'pointer' } }]);
});

test('of different images places cannot be compared, but tables can', () => {
  const a = made([...way, ['x86_init_noop', 2, kind.call, 8]]);
  const b = makeRecording(made([...way, ['xen_arch_setup', 2, kind.call, 8]], { entry: 'pvh' }));
  const other = { ...b, image: { ...b.image, sha256: '1'.repeat(64) } };
  const { at } = compareRecordings([makeRecording(a), other]).partings[0]!;
  expect(at).toEqual([
    expect.objectContaining({ site: null, offset: null, by: { kind: 'unknown', names: [] } }),
  ]);
});

test('rows put a member of a table together, and branches by function and the paths that took them', () => {
  const a = made([...way, ['x86_init_noop', 2, 1, 8], ['below', 2, 1, 12], ['below', 2, 1, 14]]);
  const { rows } = compare(a, made([...way, ['below', 2, 1, 6]]));
  expect(rows.map(({ by, places }) => [by, places])).toEqual([
    ['branch', ['setup_arch+0x6']],
    ['branch', ['setup_arch+0x8', 'setup_arch+0xc', 'setup_arch+0xe']],
  ]);
});
