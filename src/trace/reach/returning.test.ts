import { expect, test } from 'vitest';
import { type Ending, returning } from './returning.js';

const ending = (made: Partial<Ending>): Ending => ({
  returns: false,
  jumps: [],
  next: null,
  call: null,
  ...made,
});

test('what ends in a call of what never returns does not go on behind it', () => {
  const mayReturn = returning(
    new Map([
      [1, ending({ returns: true })],
      // panic: a loop of its own.
      [2, ending({})],
      // Its cold part calls panic and has the next function behind it.
      [3, ending({ next: 1, call: 2 })],
      [4, ending({ next: 1, call: 1 })],
      [5, ending({ jumps: [4] })],
      [6, ending({ next: 3 })],
      // Two that jump to each other.
      [7, ending({ jumps: [8] })],
      [8, ending({ jumps: [7] })],
    ]),
  );
  expect([1, 2, 3, 4, 5, 6, 7, 8].filter(mayReturn)).toEqual([1, 4, 5]);
  expect(mayReturn(9)).toBe(true);
});
