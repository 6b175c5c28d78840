import { expect, test } from 'vitest';
import { Written } from './written.js';

test('stretches of a small object are exact, and what was there before is no news', () => {
  const written = new Written(16);
  expect(written.add(0, 4)).toBe(true);
  expect(written.add(2, 4)).toBe(false);
  expect(written.add(3, 6)).toBe(true);
  written.add(12, 16);
  expect(written.stretches()).toEqual([
    [0, 6],
    [12, 16],
  ]);
  const other = new Written(16);
  other.add(6, 7);
  written.join(other);
  expect(written.stretches()[0]).toEqual([0, 7]);
});

test('a long object is told apart in 512 pieces, the last of which ends with it', () => {
  const written = new Written(4095);
  written.add(9, 10);
  written.add(4090, 4095);
  expect(written.stretches()).toEqual([
    [8, 16],
    [4088, 4095],
  ]);
});
