import { expect, test } from 'vitest';
import { type Made, makeRecording } from '../../test/trace/recording.js';
import { compareRecordings } from './compare.js';

const functions = ['startup', 'stub', 'reads', 'common', 'start_kernel'];
const native: Made = {
  functions,
  ran: [
    ['startup', 0],
    ['common', 3],
    ['start_kernel', 10],
  ],
  waypoints: [{ name: 'start_kernel', instruction: 10, time: 10 }],
  tree: [
    ['startup', -1, 0],
    ['start_kernel', 0, 1],
  ],
};
const row = (name: string): number => 4 + functions.indexOf(name);
/** Node i of a made tree is entered at instruction i. */
const stubbed: Made = {
  functions,
  entry: 'pvh',
  ran: [
    ['stub', 0],
    ['reads', 1],
    ['common', 2],
    ['startup', 3],
    ['start_kernel', 12],
  ],
  waypoints: [{ name: 'start_kernel', instruction: 12, time: 12 }],
  tree: [
    ['stub', -1, 0],
    ['reads', 0, 1],
    ['common', 0, 1],
    ['startup', 0, 2],
    ['start_kernel', 3, 1],
  ],
  learned: [
    {
      source: 'hvm_start_info',
      field: 'flags',
      access: 'read',
      instruction: 1,
      last: 1,
      function: row('reads'),
      offset: 2,
      callers: [],
      writtenBy: 'loader',
      value: '0x0',
    },
  ],
};

test('a stub ends where another path goes on alike, and its functions are sorted', () => {
  const { savings } = compareRecordings([makeRecording(native), makeRecording(stubbed)]);
  expect(savings.stubs.map(({ path, meets, instructions }) => [path, meets, instructions])).toEqual([
    ['linux64', 'startup', 0],
    ['pvh', 'startup', 3],
  ]);
  const { asks, same, own } = savings.stubs[1]!;
  expect([asks, same, own]).toEqual([
    { bytes: 16, sizes: { reads: 16 } },
    { bytes: 16, sizes: { common: 16 } },
    { bytes: 16, sizes: { stub: 16 } },
  ]);
  expect(savings.forOne).toEqual({ told: asks, shared: same });
  expect(savings.forSeveral).toEqual({ stays: own, free: ['linux64'] });
});

test('paths that begin alike have the same stub, which counts once', () => {
  const { savings } = compareRecordings([
    makeRecording(native),
    makeRecording(stubbed),
    makeRecording({ ...stubbed, platform: 'xen-pvh' }),
  ]);
  expect(savings.stubs.map(({ instructions }) => instructions)).toEqual([0, 3, 3]);
  expect(savings.forSeveral.stays.bytes).toBe(16);
});

test('where all paths begin alike nothing shows what the stub is', () => {
  const { savings } = compareRecordings([
    makeRecording(stubbed),
    makeRecording({ ...stubbed, platform: 'xen-pvh' }),
  ]);
  expect(savings.stubs).toEqual([]);
  expect(savings.forSeveral).toEqual({ stays: { bytes: 0, sizes: {} }, free: [] });
});
