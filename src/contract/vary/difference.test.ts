import { expect, test } from 'vitest';
import { makeRecording } from '../../../test/trace/recording.js';
import { difference } from './difference.js';

const waypoint = (name: string, instruction: number) => ({ name, instruction, time: instruction });
const waypoints = [waypoint('entry', 0), waypoint('startup_64', 10), waypoint('start_kernel', 50)];
const functions = ['clear_bss', 'late'];
const plain = makeRecording({
  functions,
  ran: [
    ['clear_bss', 20],
    ['late', 60],
  ],
  waypoints: [...waypoints, waypoint('userspace', 900)],
});
const stopped = { verdict: 'reached', stop: 'waypoint', instructions: 50 } as const;

test('the same functions in another order, at other times, are the same boot', () => {
  const varied = { ...makeRecording({ functions, ran: [['clear_bss', 30]], waypoints }), ...stopped };
  expect(difference(plain, varied, 'start_kernel')).toBeUndefined();
});

test('a function that did not run, and one that did', () => {
  const varied = { ...makeRecording({ functions, ran: [['late', 30]], waypoints }), ...stopped };
  expect(difference(plain, varied, 'start_kernel')).toEqual({
    kind: 'functions',
    missing: ['clear_bss'],
    added: ['late'],
  });
});

test('a boot that does not get there', () => {
  const varied = {
    ...makeRecording({ functions, waypoints: waypoints.slice(0, 1) }),
    verdict: 'failed',
    stop: 'shutdown',
    reason: 'A triple fault shut the processor down.',
    instructions: 7,
  } as const;
  expect(difference(plain, varied, 'start_kernel')).toEqual({
    kind: 'end',
    reason: 'It does not get to startup_64. A triple fault shut the processor down.',
    function: null,
    instruction: 7,
  });
});

test('a boot that was to go to its end and ends in another way', () => {
  expect(difference(plain, plain, undefined)).toBeUndefined();
  expect(difference(plain, { ...plain, stop: 'dead-halt' }, undefined)?.kind).toBe('end');
});

test('a boot that dies before it gets there, and does so as usual, too, is the same', () => {
  const dead = {
    ...makeRecording({ functions, waypoints: waypoints.slice(0, 2) }),
    verdict: 'failed',
    stop: 'shutdown',
  } as const;
  expect(difference(dead, dead, 'start_kernel')).toBeUndefined();
  expect(difference(dead, { ...dead, stop: 'dead-halt' }, 'start_kernel')?.kind).toBe('end');
});

const state = (registers: Record<string, string>, waypoint = 'start_kernel') => ({
  waypoint,
  instruction: 50,
  registers,
  kept: {},
  paging: { levels: 4, root: '0x1000', tables: [], pages: {}, mapped: 0, writableExecutable: 0, user: 0 },
  tables: [],
});
const registers = { cr0: '0x80050033', cr4: '0xb0', efer: '0xd01', rflags: '0x2' };
const withState = (...states: ReturnType<typeof state>[]) => ({ ...plain, states });

test('a processor that is set up otherwise at start_kernel', () => {
  const usual = withState(state(registers));
  expect(difference(usual, withState(state({ ...registers, cr4: '0xb4' })), undefined)).toEqual({
    kind: 'registers',
    registers: [{ name: 'cr4', plain: '0xb0', varied: '0xb4' }],
  });
  expect(difference(usual, withState(state({ ...registers, rflags: '0x4002' })), undefined)).toEqual({
    kind: 'registers',
    registers: [{ name: 'rflags', plain: '0x2', varied: '0x4002' }],
  });
});

test('CR4.MCE, which Linux keeps as it was, and what registers held before are no difference', () => {
  const usual = withState(state({ cr4: '0x20' }, 'startup_64'), state(registers));
  const varied = withState(state({ cr4: '0x6f4' }, 'startup_64'), state({ ...registers, cr4: '0xf0' }));
  expect(difference(usual, varied, undefined)).toBeUndefined();
});
