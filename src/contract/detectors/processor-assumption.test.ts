import { expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { makeRecording } from '../../../test/trace/recording.js';
import type { Autopsy } from '../../autopsy/autopsy.js';
import type { Recording } from '../../trace/recording.js';
import { processorAssumption } from './processor-assumption.js';

const found = (...recordings: Recording[]) => [...processorAssumption.detect(craftSubject(recordings))];
const good = makeRecording();
/** A boot that died of a fault of pvh_start_xen's. */
const died = (reason: string | null, more: object = {}): Recording => ({
  ...makeRecording({ entry: 'pvh' }),
  verdict: 'failed',
  autopsy: {
    fault: {
      instruction: 37,
      name: '#GP',
      function: 'pvh_start_xen+0xca',
      user: false,
      code: { text: 'mov %eax,%cr0', bytes: '0f 22 c0' },
      reason,
      ...more,
    },
  } as unknown as Autopsy,
});
const pae =
  'CR0 does not take 0x80000001: EFER.LME asks for long mode, whose paging needs CR4.PAE, which is clear';

test('what ended a boot because it was taken for granted is found', () => {
  expect(found(good, died(pae))).toEqual([
    {
      entry: 'pvh',
      function: 'pvh_start_xen+0xca',
      instruction: 37,
      message: `pvh_start_xen+0xca, 'mov %eax,%cr0', takes for granted what is not so here, and the boot ends there (#GP): ${pae}.`,
      other: 'linux64 got there.',
      confidence: 'certain',
      reproduce: 'zeropage boot boot/vmlinuz --entry pvh --platform bare',
    },
  ]);
});

test.each([
  'CR0 does not take 0x80000011: CR4.PAE is set, and at 0x1000, where CR3 points, there are no page tables for that: PDPTE 0 is 0x83, which has reserved bits',
  'the instruction belongs to AVX, which this processor does not have, as CPUID says',
  'the instruction needs the CPU feature rdrand, which this processor profile does not have',
  'this processor has no MSR 0xc0010010 (SYSCFG)',
  'CR4 does not take 0x100000: this processor has no SMEP',
])('so is: %s', (reason) => {
  expect(found(died(reason))).toHaveLength(1);
});

test('other deaths are silent, and what a program does', () => {
  expect(found(died(null))).toEqual([]);
  expect(found(died('CR4 does not take 0x80: long mode needs PAE, which cannot be cleared in it'))).toEqual(
    [],
  );
  expect(found(died(pae, { user: true }))).toEqual([]);
  expect(found({ ...died(pae), verdict: 'reached' })).toEqual([]);
});
