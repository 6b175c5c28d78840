import { expect, test } from 'vitest';
import { partitionPoint } from './partition.js';

test('the first index that no longer meets the condition, in sorted values with repetitions', () => {
  const values = [1, 3, 3, 3, 8];
  const below = (limit: number): number => partitionPoint(values.length, (i) => values[i]! < limit);
  const notAbove = (limit: number): number => partitionPoint(values.length, (i) => values[i]! <= limit);
  expect([0, 1, 2, 3, 8, 9].map(below)).toEqual([0, 0, 1, 1, 4, 5]);
  expect([0, 1, 3, 8, 9].map(notAbove)).toEqual([0, 1, 4, 5, 5]);
  expect(partitionPoint(0, () => true)).toBe(0);
});
