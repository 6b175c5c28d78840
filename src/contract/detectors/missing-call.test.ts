import { expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { type Made, makeRecording } from '../../../test/trace/recording.js';
import type { Autopsy } from '../../autopsy/autopsy.js';
import type { Recording } from '../../trace/recording.js';
import { missingCall } from './missing-call.js';

const functions = [
  'x86_64_start_kernel',
  'xen_start_kernel',
  'init:clear_bss',
  'init:xen_setup_features',
  'init:idt_setup_early_handler',
  'init:x86_64_start_reservations',
  'some_init',
];
const start = { name: 'start_kernel', instruction: 50, time: 0 };
const joined = ['x86_64_start_reservations', 40] as const;
const made = (more: Made, release = '6.12.1'): Recording => {
  const recording = makeRecording({ functions, waypoints: [start], ...more });
  return { ...recording, image: { ...recording.image, release } };
};
const found = (...recordings: Recording[]) => [...missingCall.detect(craftSubject(recordings))];

const native = made({ ran: [['clear_bss', 5], ['idt_setup_early_handler', 10], joined] });
const pv = { entry: 'xen-pv', platform: 'xen-pv' } as const;
const features = ['xen_setup_features', 8] as const;

test('an initialiser that a path must run and never does is found', () => {
  const forgot = made({ ...pv, ran: [['clear_bss', 5], features, joined] });
  expect(found(native, forgot)).toEqual([
    {
      entry: 'xen-pv',
      function: 'idt_setup_early_handler',
      instruction: 50,
      message:
        'idt_setup_early_handler, which this path must run before start_kernel, never runs; without it an early exception, as of an MSR that is not there, ends the boot instead of being fixed up (arch/x86/kernel/head64.c, x86_64_start_kernel and arch/x86/xen/enlighten_pv.c, xen_start_kernel).',
      other: 'linux64: it ran before start_kernel.',
      confidence: 'likely',
      reproduce: 'zeropage trace boot/vmlinuz --entry xen-pv --platform xen-pv --until start_kernel',
    },
  ]);
});

test('one that runs behind the place where paths meet is late', () => {
  const late = made({ ...pv, ran: [['clear_bss', 5], features, joined, ['idt_setup_early_handler', 70]] });
  expect(found(late)).toMatchObject([
    { instruction: 70, message: expect.stringContaining('runs only at instruction 70, behind start_kernel') },
  ]);
});

test('releases differ: Xen PV clears .bss since 5.19', () => {
  const ran = [features, ['idt_setup_early_handler', 9] as const, joined];
  expect(found(made({ ...pv, ran }, '5.10.223'))).toEqual([]);
  expect(found(made({ ...pv, ran }, '5.19.0'))).toMatchObject([{ function: 'clear_bss' }]);
});

test('a boot that died is asked for what it had passed', () => {
  const died = (ran: Made['ran']): Recording => ({
    ...made({ ...pv, ran, waypoints: [] }),
    verdict: 'failed',
  });
  expect(found(died([['xen_start_kernel', 1], features]))).toMatchObject([{ function: 'clear_bss' }]);
  expect(
    found(
      died([
        ['xen_start_kernel', 1],
        ['clear_bss', 2],
      ]),
    ),
  ).toEqual([]);
});

test('and for what maps the memory that it died of', () => {
  const died = (ran: Made['ran'], fault: object): Recording => ({
    ...made({ ...pv, functions: [...functions, 'kasan_early_init'], ran, waypoints: [] }),
    verdict: 'failed',
    autopsy: { fault } as unknown as Autopsy,
  });
  const entered: Made['ran'] = [['xen_start_kernel', 1]];
  const fault = { address: '0xfffffbfff0a00000', name: '#PF' };
  expect(found(died(entered, fault))).toMatchObject([{ function: 'kasan_early_init' }]);
  const low = { address: null, name: '#GP', reason: 'the address 0xdffffc00003d69dd is not canonical' };
  expect(found(died(entered, low))).toMatchObject([{ function: 'kasan_early_init' }]);
  expect(found(died([], fault))).toEqual([]);
});

const state = (shadow: string) => ({
  waypoint: 'start_kernel',
  instruction: 50,
  registers: { cr4: '0x6b0' },
  kept: { 'cpu_tlbstate.cr4': shadow },
  paging: { levels: 4, root: '0x0', tables: [], pages: {}, mapped: 0, writableExecutable: 0, user: 0 },
  tables: [],
});

test('what is inlined shows in what it keeps', () => {
  const ran = [['clear_bss', 5], ['idt_setup_early_handler', 10], joined] as const;
  const kept = (shadow: string): Recording => made({ ran, states: [state(shadow)] });
  for (const unset of ['0x0', '0xffffffffffffffff'])
    expect(found(kept(unset))).toMatchObject([
      {
        function: 'cr4_init_shadow',
        message: expect.stringContaining('has not run: cpu_tlbstate.cr4 is not set at start_kernel'),
      },
    ]);
  expect(found(kept('0x6b0'))).toEqual([]);
});

test('and where the boot died of what it made of that', () => {
  const fault = (text: string) =>
    ({ fault: { code: { text } }, registers: { cr4: '0xb0' } }) as unknown as Autopsy;
  const died = (shadow: string, text: string): Recording => ({
    ...made({ waypoints: [], keptAtDeath: { 'cpu_tlbstate.cr4': shadow } }),
    verdict: 'failed',
    autopsy: fault(text),
  });
  expect(found(died('0xffffffffffffffff', 'mov %rdi,%cr4'))).toMatchObject([
    {
      function: 'cr4_init_shadow',
      message: expect.stringContaining(
        'cpu_tlbstate.cr4 is not set where the boot died of what it wrote to cr4',
      ),
    },
  ]);
  expect(found(died('0xb0', 'mov %rdi,%cr4'))).toEqual([]);
  expect(found(died('0xffffffffffffffff', 'mov %rax,(%rdi)'))).toEqual([]);
});

test('what all others enter and no table knows is one note', () => {
  const more = made({
    entry: 'linux32',
    ran: [['clear_bss', 5], ['some_init', 6], ['idt_setup_early_handler', 10], joined],
  });
  expect(found(more, native)).toMatchObject([
    {
      severity: 'note',
      entry: 'linux64',
      message: 'It never enters what every other path does, 1 function before start_kernel: some_init.',
      confidence: 'possible',
      reproduce: 'zeropage compare boot/vmlinuz --entry linux32,linux64 --platform bare --until rest_init',
    },
  ]);
});

test('paths that run what they must are silent, and so is what is no Linux x86-64', () => {
  expect(found(native)).toEqual([]);
  expect(found(made({ functions: ['clear_bss'] }))).toEqual([]);
});
