import { expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { type Made, makeRecording } from '../../../test/trace/recording.js';
import type { Recording } from '../../trace/recording.js';
import { unsetState } from './unset-state.js';

const functions = [
  'x86_64_start_kernel',
  'x86_64_start_reservations',
  'xen_start_kernel',
  'new_init',
  'new_helper',
  'copy_bootdata',
  'early_fault',
];
const [root, call, exception] = [0, 1, 4];
const waypoints = [{ name: 'start_kernel', instruction: 50, time: 0 }];
const made = (entry: Recording['boot']['entry'], more: Made): Recording =>
  makeRecording({ entry, platform: entry === 'xen-pv' ? 'xen-pv' : 'bare', functions, waypoints, ...more });
const found = (...recordings: Recording[]) => [...unsetState(craftSubject(recordings))];

const native = (wrote: Made['wrote'], entry: Recording['boot']['entry'] = 'linux64'): Recording =>
  made(entry, {
    tree: [
      ['x86_64_start_kernel', -1, root],
      ['new_init', 0, call],
      ['new_helper', 1, call],
      ['copy_bootdata', 0, call],
      ['early_fault', 0, exception],
    ],
    wrote,
  });
const pv = (more: Made = {}): Recording =>
  made('xen-pv', { tree: [['xen_start_kernel', -1, root]], ...more });
const helped = native([['new_state', 'new_helper', 0, 4, 10]]);

test('what a new initialiser of the others sets, and nobody does on Xen PV, is a warning', () => {
  expect(found(helped, pv())).toEqual([
    {
      severity: 'warning',
      entry: 'xen-pv',
      function: 'new_init',
      instruction: 50,
      message:
        'new_init, which x86_64_start_kernel calls, sets new_state on every other path before start_kernel, and nobody does on this one, which does not run it: a new initialiser that was put into one list of calls alone.',
      other: 'linux64: it is set.',
      confidence: 'likely',
      reproduce: 'zeropage trace boot/vmlinuz --entry xen-pv --platform xen-pv --until rest_init',
    },
  ]);
});

test('one that is inlined shows, too', () => {
  const inlined = native([['new_state', 'x86_64_start_kernel', 8, 16, 10]]);
  expect(found(inlined, pv())).toMatchObject([
    { message: expect.stringContaining('What is inlined in x86_64_start_kernel sets new_state') },
  ]);
});

test('other bytes of the same object do not make it set', () => {
  const wrote = (start: number): Made => ({
    wrote: [['new_state', 'xen_start_kernel', start, start + 4, 90]],
  });
  expect(found(helped, pv(wrote(4)))).toHaveLength(1);
  expect(found(helped, pv(wrote(0)))).toEqual([]);
});

test.each([
  ['a path that runs it', [helped, pv({ ran: [['new_init', 20]] })]],
  ['what not all others do', [helped, native([], 'pvh'), pv()]],
  ['what a table knows', [native([['command_line', 'copy_bootdata', 0, 4, 10]]), pv()]],
  ['handlers of exceptions', [native([['page_table', 'early_fault', 0, 4, 10]]), pv()]],
  ['what comes behind start_kernel', [native([['new_state', 'new_init', 0, 4, 60]]), pv()]],
  ['native paths', [helped, native([], 'pvh')]],
] as const)('silent: %s', (_, recordings) => {
  expect(found(...recordings)).toEqual([]);
});
