import { expect, test } from 'vitest';
import { joinInitrds } from './initrds.js';

test('each begins at a multiple of 4, and nothing follows the last', () => {
  const parts = [[1, 2, 3, 4, 5], [6], [], [7, 8]].map((bytes) => Uint8Array.from(bytes));
  expect([...joinInitrds(parts)]).toEqual([1, 2, 3, 4, 5, 0, 0, 0, 6, 0, 0, 0, 7, 8]);
});
test('one is as it is', () => {
  expect([...joinInitrds([Uint8Array.of(1, 2, 3)])]).toEqual([1, 2, 3]);
});
