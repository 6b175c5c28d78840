import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Machine } from '../machine/machine.js';
import { Pace } from './pace.js';

let next: number;
let passed: number[];
/** A halted machine whose next event is at `next` ns. */
const machine = (): Machine =>
  ({
    skipsIdle: true,
    clock: { nextEvent: () => next },
    passIdle: (until: number) => passed.push(until),
  }) as unknown as Machine;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  passed = [];
  return () => vi.useRealTimers();
});

describe('idle time', () => {
  test('takes as long outside', async () => {
    next = 50e6;
    const idle = new Pace(machine(), undefined).idle();
    await vi.advanceTimersByTimeAsync(49);
    expect(passed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await idle;
    expect(passed).toEqual([50e6]);
  });

  test('is made up for when the guest fell behind', async () => {
    next = 50e6;
    const pace = new Pace(machine(), undefined);
    vi.advanceTimersByTime(1000);
    await pace.idle();
    expect(passed).toEqual([50e6]);
  });

  test('ends when a key is pressed, at the time it is then', async () => {
    next = Number.POSITIVE_INFINITY;
    const pace = new Pace(machine(), undefined);
    const idle = pace.idle();
    await vi.advanceTimersByTimeAsync(20);
    pace.wakeUp();
    await idle;
    expect(passed).toEqual([20e6]);
  });

  test('ends when the boot does', async () => {
    next = Number.POSITIVE_INFINITY;
    const controller = new AbortController();
    const idle = new Pace(machine(), controller.signal).idle();
    await vi.advanceTimersByTimeAsync(1);
    controller.abort();
    await idle;
    expect(passed).toEqual([1e6]);
  });
});

test('the machine does not pass over idle time by itself', () => {
  const one = machine();
  new Pace(one, undefined);
  expect(one.skipsIdle).toBe(false);
});
