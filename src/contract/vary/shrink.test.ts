import { expect, test } from 'vitest';
import { shrink } from './shrink.js';

/** Runs a shrinking, and counts what it asks. */
function shrunk(all: readonly number[], happens: (some: readonly number[]) => boolean) {
  const asking = shrink(all);
  let step = asking.next();
  let asked = 0;
  while (!step.done) {
    asked++;
    step = asking.next(happens(step.value));
  }
  return { left: step.value, asked };
}

const all = Array.from({ length: 32 }, (_, i) => i);

test('one culprit is found by halving', () => {
  for (const culprit of [0, 13, 31]) {
    const { left, asked } = shrunk(all, (some) => some.includes(culprit));
    expect(left).toEqual([culprit]);
    expect(asked).toBeLessThanOrEqual(10);
  }
});

test('of several that are needed together none is lost, and no other is left', () => {
  for (const culprits of [
    [3, 4],
    [0, 31],
    [1, 9, 20],
  ]) {
    const { left } = shrunk(all, (some) => culprits.every((one) => some.includes(one)));
    expect([...left].sort((a, b) => a - b)).toEqual(culprits);
  }
});

test('one alone is asked nothing', () => {
  expect(shrunk([7], () => true)).toEqual({ left: [7], asked: 0 });
});
