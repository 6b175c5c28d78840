import { expect, test } from 'vitest';
import { makeRecording } from '../../test/trace/recording.js';
import type { RecordedOp, RecordedState } from '../trace/states/row.js';
import { compareOps } from './ops.js';

const paging = {
  levels: 4,
  root: '0x1000',
  tables: [1],
  pages: {},
  mapped: 0,
  writableExecutable: 0,
  user: 0,
};
const op = (member: string, target: string | null, more: Partial<RecordedOp> = {}): RecordedOp => ({
  member,
  kind: 'native',
  target,
  initial: target,
  by: null,
  sites: [],
  ...more,
});
const state = (waypoint: string, ops: readonly RecordedOp[], freed = false): RecordedState => ({
  waypoint,
  instruction: 5,
  registers: {},
  kept: {},
  paging,
  tables: [{ table: 'pv_ops', freed, ops }],
});

const native = makeRecording({
  functions: ['native_set', 'xen_set', 'xen_start'],
  states: [
    state('start_kernel', [op('set', 'native_set'), op('same', 'f')]),
    state('userspace', [op('set', 'native_set', { sites: [{ code: 'cli', count: 3 }] }), op('same', 'f')]),
  ],
});
const xen = makeRecording({
  functions: ['native_set', 'xen_set', 'xen_start'],
  entry: 'xen-pv',
  platform: 'xen-pv',
  states: [
    state('start_kernel', [
      op('set', 'xen_set', {
        kind: 'replaced',
        initial: 'native_set',
        by: { function: 6, offset: 0x10, instruction: 3, callers: [{ function: 4, offset: 1 }] },
      }),
      op('same', 'f'),
    ]),
  ],
});

test('what differs is marked, and who wrote it has a name', () => {
  const { at, paths } = compareOps([native, xen], ['start_kernel']);
  expect(paths.map(({ path }) => path)).toEqual(['linux64', 'xen-pv']);
  expect(at[0]!.tables[0]!.ops).toEqual([
    {
      member: 'set',
      initial: 'native_set',
      differs: true,
      paths: {
        linux64: { kind: 'native', target: 'native_set', by: null, sites: [] },
        'xen-pv': {
          kind: 'replaced',
          target: 'xen_set',
          by: { function: 'xen_start+0x10', callers: ['native_set+0x1'], instruction: 3 },
          sites: [],
        },
      },
    },
    {
      member: 'same',
      initial: 'f',
      differs: false,
      paths: {
        linux64: { kind: 'native', target: 'f', by: null, sites: [] },
        'xen-pv': { kind: 'native', target: 'f', by: null, sites: [] },
      },
    },
  ]);
});

test('a boot that did not get there has nothing to differ by', () => {
  const { at } = compareOps([native, xen], ['userspace']);
  expect(at[0]!.instructions).toEqual({ linux64: 5, 'xen-pv': null });
  expect(at[0]!.tables[0]!.ops.map(({ differs, paths }) => [differs, paths['xen-pv']])).toEqual([
    [false, null],
    [false, null],
  ]);
});

test('another code at the call sites is a difference, another number of them is none', () => {
  const patched = (code: string, count: number) =>
    makeRecording({
      platform: code === 'cli' ? 'bare' : 'kvm',
      states: [state('userspace', [op('set', 'native_set', { sites: [{ code, count }] })])],
    });
  const differs = (...made: ReturnType<typeof patched>[]): boolean =>
    compareOps(made, ['userspace']).at[0]!.tables[0]!.ops[0]!.differs;
  expect(differs(patched('cli', 3), patched('cli', 4))).toBe(false);
  expect(differs(patched('cli', 3), patched('call *pv_ops.set', 3))).toBe(true);
});

test('a table in freed memory has no members', () => {
  const gone = makeRecording({ states: [state('userspace', [], true)] });
  expect(compareOps([gone], ['userspace']).at[0]!.tables).toEqual([
    { table: 'pv_ops', freed: true, ops: [] },
  ]);
});
