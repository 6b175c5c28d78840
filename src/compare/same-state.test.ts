import { expect, test } from 'vitest';
import { type Made, makeRecording } from '../../test/trace/recording.js';
import { compareRecordings } from './compare.js';
import { sameStateRows } from './same-state-rows.js';

const functions = [
  'stub',
  'early',
  'helper',
  'startup',
  'native',
  'meet',
  'start_kernel',
  'init:late',
  'memcpy',
];
const [root, call, jump] = [0, 1, 2];

/** Nodes are first entered at their index: a stub up to 2, another beginning at 3, common code from `meet` on. */
const stubbed = (...wrote: NonNullable<Made['wrote']>): Made => ({
  entry: 'xen-pv',
  functions,
  waypoints: [
    { name: 'start_kernel', instruction: 4, time: 4 },
    { name: 'rest_init', instruction: 9, time: 9 },
  ],
  ran: [
    ['stub', 0],
    ['early', 1],
    ['helper', 2],
    ['meet', 3],
    ['start_kernel', 4],
    ['late', 5],
  ],
  tree: [
    ['stub', -1, root],
    ['early', 0, call],
    ['helper', 0, call],
    ['meet', 0, jump],
    ['start_kernel', 3, call],
    ['late', 4, call],
    ['helper', 4, call],
  ],
  wrote,
});
const native = (...wrote: NonNullable<Made['wrote']>): Made => ({
  ...stubbed(...wrote),
  entry: 'linux64',
  ran: [
    ['startup', 0],
    ['native', 1],
    ['meet', 2],
    ['start_kernel', 3],
    ['late', 4],
  ],
  tree: [
    ['startup', -1, root],
    ['native', 0, call],
    ['meet', 0, jump],
    ['start_kernel', 2, call],
    ['late', 3, call],
  ],
});
const found = (...made: Made[]): string[] =>
  compareRecordings(made.map(makeRecording)).sameState.map(
    ({ object, again, writers }) =>
      `${object} ${again}: ${writers.map(({ path, function: name, inStub }) => `${path} ${name}${inStub ? '' : ' behind'}`).join(', ')}`,
  );

test('a stub writes what another function writes behind the join', () => {
  expect(found(native(), stubbed(['state', 'early', 0, 8, 1], ['state', 'late', 4, 12, 5]))).toEqual([
    'state stub: xen-pv early, xen-pv late behind',
  ]);
});

test('bytes beside each other are not the same', () => {
  expect(found(native(), stubbed(['state', 'early', 0, 8, 1], ['state', 'late', 8, 12, 5]))).toEqual([]);
});

test('what runs in the stub and behind it is a helper, and twice() tells it', () => {
  expect(found(native(), stubbed(['state', 'helper', 0, 8, 2], ['state', 'late', 0, 8, 5]))).toEqual([]);
});

test('two paths write it by functions that each of them alone runs', () => {
  const both = [native(['state', 'native', 0, 8, 1]), stubbed(['state', 'early', 0, 8, 1])];
  expect(found(...both)).toEqual(['state paths: linux64 native, xen-pv early']);
  expect(found(native(['state', 'native', 0, 8, 1]), stubbed(['state', 'early', 8, 16, 1]))).toEqual([]);
  // Common code, which the other path runs, too.
  expect(found(native(['state', 'meet', 0, 8, 2]), stubbed(['state', 'early', 0, 8, 1]))).toEqual([]);
});

test('zeros, locks, copies whose caller is not known and lists that all keep are no state', () => {
  const zeros = makeRecording(stubbed(['state', 'early', 0, 8, 1], ['state', 'late', 0, 8, 5]));
  zeros.writes.nonZero[0] = 0;
  expect(compareRecordings([makeRecording(native()), zeros]).sameState).toEqual([]);
  for (const object of ['memblock', 'init_task', 'console_sem'])
    expect(found(native(), stubbed([object, 'early', 0, 8, 1], [object, 'late', 0, 8, 5]))).toEqual([]);
  expect(found(native(), stubbed(['state', 'memcpy', 0, 8, 1], ['state', 'late', 0, 8, 5]))).toEqual([]);
});

test('rows put paths together on which the same functions wrote it', () => {
  const wrote = stubbed(['state', 'early', 0, 8, 1]);
  const { sameState } = compareRecordings(
    [native(['state', 'native', 0, 8, 1]), wrote, { ...wrote, entry: 'pvh' as const }].map(makeRecording),
  );
  expect([...sameStateRows(sameState)]).toEqual([
    [
      'paths',
      [
        {
          object: 'state',
          by: [
            { paths: ['linux64'], functions: 'native' },
            { paths: ['xen-pv', 'pvh'], functions: 'early' },
          ],
        },
      ],
    ],
  ]);
});
