import { expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { makeRecording } from '../../../test/trace/recording.js';
import { check } from '../check.js';

const good = makeRecording({ entry: 'linux64' });
const dead = {
  ...makeRecording({ entry: 'pvh', platform: 'xen-pvh' }),
  verdict: 'failed',
  reason: 'After startup_64: a triple fault shut the processor down.',
  instructions: 77,
};

test('a boot that failed is a finding, with what the others did', () => {
  expect(check(craftSubject([good, dead]))).toEqual([
    {
      rule: 'entry-does-not-boot',
      severity: 'error',
      entry: 'pvh/xen-pvh',
      function: null,
      instruction: 77,
      message: 'After startup_64: a triple fault shut the processor down.',
      other: 'linux64 got there.',
      confidence: 'certain',
      reproduce: 'zeropage boot boot/vmlinuz --entry pvh --platform xen-pvh',
    },
  ]);
});

test('boots that got there are none', () => {
  expect(check(craftSubject([good]))).toEqual([]);
});
