import { expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { makeRecording } from '../../../test/trace/recording.js';
import type { Recording } from '../../trace/recording.js';
import { writeBeforeClear } from './write-before-clear.js';

const found = (...recordings: Recording[]) => [...writeBeforeClear.detect(craftSubject(recordings))];
const clean = makeRecording();
const wipe = { object: 'xen_pvh', section: '.bss', bytes: 1, instruction: 77, again: false } as const;
const pvh = (more: object = {}): Recording =>
  makeRecording({ entry: 'pvh', functions: ['xen_pvh_init'], wipes: [{ ...wipe, ...more }] });

test('what was set and then wiped is found', () => {
  expect(found(clean, pvh())).toEqual([
    {
      severity: 'error',
      entry: 'pvh',
      function: 'clear_bss',
      instruction: 77,
      message:
        'xen_pvh in .bss is set by this path (1 bytes that are not zero), then clear_bss wipes it, and it is not so again at start_kernel: what was found out is lost.',
      other: 'linux64: nothing of it is wiped.',
      confidence: 'certain',
      reproduce: 'zeropage trace boot/vmlinuz --entry pvh --platform bare --until start_kernel --format json',
    },
  ]);
});

test('who set it is told where that is known', () => {
  const made = pvh();
  const setting = {
    variable: 'xen_pvh',
    instruction: 20,
    function: made.functions.name.indexOf('xen_pvh_init'),
    offset: 0,
    callers: [],
  };
  expect(found({ ...made, settings: [setting] })).toMatchObject([{ function: 'xen_pvh_init' }]);
});

test('what is set again to the same is a note', () => {
  expect(found(pvh({ again: true }))).toMatchObject([{ severity: 'note', confidence: 'possible' }]);
});

test('a path that wipes nothing is silent', () => {
  expect(found(clean)).toEqual([]);
});
