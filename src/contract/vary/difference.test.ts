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
