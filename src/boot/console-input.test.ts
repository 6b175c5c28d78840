import { expect, test } from 'vitest';
import { ConsoleInput } from './console-input.js';

test('bytes wait until the guest can take them, and keep their order', () => {
  const input = new ConsoleInput();
  const got: number[] = [];
  let woken = 0;
  input.onBytes = () => woken++;
  input.type([1, 2]);
  input.connect((byte) => got.push(byte));
  input.type([3]);
  expect([got, woken]).toEqual([[1, 2, 3], 2]);
});
