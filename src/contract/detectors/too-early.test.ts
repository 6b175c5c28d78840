import { expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { type Made, makeRecording } from '../../../test/trace/recording.js';
import type { Autopsy } from '../../autopsy/autopsy.js';
import type { Recording } from '../../trace/recording.js';
import { tooEarly } from './too-early.js';

const functions = ['x86_64_start_kernel', 'kasan_early_init', 'init:early_ioremap_init', 'init:dmi_setup'];
const start = { name: 'start_kernel', instruction: 50, time: 0 };
const made = (more: Made): Recording => makeRecording({ functions, waypoints: [start], ...more });
const found = (...recordings: Recording[]) => [...tooEarly.detect(craftSubject(recordings))];

const right = made({
  entry: 'xen-pv',
  platform: 'xen-pv',
  ran: [
    ['kasan_early_init', 5],
    ['early_ioremap_init', 60],
    ['dmi_setup', 70],
  ],
});

/** A boot that died of an exception. */
const dead = (fault: object, more: Made = {}): Recording => ({
  ...made({ ran: [['x86_64_start_kernel', 10]], waypoints: [], ...more }),
  verdict: 'failed',
  autopsy: {
    fault: { instruction: 20, name: '#PF', user: false, function: 'x86_64_start_kernel+0x9', ...fault },
  } as unknown as Autopsy,
});

test('an initialiser before the one it needs is found, with who entered it', () => {
  const early = made({
    ran: [
      ['x86_64_start_kernel', 10],
      ['dmi_setup', 20],
      ['early_ioremap_init', 60],
    ],
    tree: [
      ['x86_64_start_kernel', -1, 0],
      ['dmi_setup', 0, 1],
    ],
  });
  expect(found(early, right)).toEqual([
    {
      entry: 'linux64',
      function: 'dmi_setup',
      instruction: 20,
      message:
        'dmi_setup, entered from x86_64_start_kernel, runs before early_ioremap_init, which ran at instruction 60: its slots have no addresses yet, and what it maps is not there (arch/x86/mm/ioremap.c, early_ioremap_init; mm/early_ioremap.c, slot_virt).',
      other: 'xen-pv ran early_ioremap_init before it had anything to do with dmi_setup.',
      confidence: 'likely',
      reproduce: 'zeropage trace boot/vmlinuz --entry linux64 --platform bare --until early_ioremap_init',
    },
  ]);
});

test('a clone of it counts, and one of the other is the other', () => {
  const names = { functions: ['init:early_ioremap_init.isra.0', 'init:dmi_setup.constprop.0'] };
  const early = { ...names, ran: [['dmi_setup.constprop.0', 20]] as const };
  const late = { ...names, ran: [...early.ran, ['early_ioremap_init.isra.0', 30] as const] };
  expect(found(made(late))).toMatchObject([{ function: 'dmi_setup' }]);
});

test('of an initialiser that can be seen on no path nothing is known', () => {
  expect(found(made({ ran: [['dmi_setup', 20]] }))).toEqual([]);
});

test('an access that no code had mapped is found by what maps it', () => {
  const boot = dead({ address: '0xfffffbfff0a00000', addressName: null });
  expect(found(boot, right)).toMatchObject([
    {
      entry: 'linux64',
      function: 'x86_64_start_kernel+0x9',
      instruction: 20,
      message:
        "x86_64_start_kernel+0x9 accesses 0xfffffbfff0a00000, which is KASAN's shadow, before kasan_early_init has run, which maps it: #PF, and the boot ends there.",
      other: 'xen-pv ran kasan_early_init first.',
    },
  ]);
});

test('one of an address that is not canonical, which code at physical addresses computes, is told by the reason', () => {
  const reason = 'the address 0xdffffc00003d69dd is not canonical';
  const boot = dead({ name: '#GP', address: null, code: { text: 'movl $0xf1f1f1f1,(%rax)' }, reason });
  expect(found(boot, right)).toMatchObject([
    { message: expect.stringContaining("accesses 0xdffffc00003d69dd, which is KASAN's shadow, before") },
  ]);
});

test('not when it was mapped, nor one of a program, nor an instruction that the processor refuses', () => {
  const shadow = { address: '0xfffffbfff0a00000', addressName: null };
  const ran = { ran: [['kasan_early_init', 5] as const, ['x86_64_start_kernel', 10] as const] };
  expect(found(dead(shadow, ran), right)).toEqual([]);
  expect(found(dead({ ...shadow, user: true }), right)).toEqual([]);
  expect(found(dead({ name: '#GP', address: null, code: { text: 'rdmsr' } }), right)).toEqual([]);
});

test('a death in a function that others came to later is found by what they had run', () => {
  const other = made({
    entry: 'pvh',
    ran: [
      ['kasan_early_init', 5],
      ['x86_64_start_kernel', 10],
    ],
  });
  expect(found(dead({ address: '0x10', addressName: 'near NULL' }), other)).toMatchObject([
    {
      message:
        'x86_64_start_kernel accesses 0x10, near NULL, before start_kernel, which ends the boot (#PF): something it needs has not been set up.',
      other: 'pvh came to x86_64_start_kernel behind kasan_early_init, which never ran here.',
      confidence: 'possible',
    },
  ]);
});

test('boots in the right order are silent', () => {
  expect(found(right, made({ ran: [['kasan_early_init', 4]] }))).toEqual([]);
});
