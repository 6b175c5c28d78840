import { expect, test } from 'vitest';
import { CallStack, type Frame } from './call-stack.js';

const [a, b, c] = [1, 2, 3] as const;
const rows = (stack: CallStack): number[] => stack.frames.map(({ row }) => row);
const plain = { node: 0, closed: false, outOfLine: false };

/** A stack with `a` as root. */
function begun(): CallStack {
  const stack = new CallStack();
  stack.push({ ...plain, row: a, outOfLine: true, returnTo: 0, stack: 0, below: 0 });
  return stack;
}

function call(stack: CallStack, row: number, returnTo: number, pointer = 100): void {
  stack.push({ ...plain, row, returnTo, stack: pointer, below: stack.length });
}

function jump(stack: CallStack, row: number): void {
  const { returnTo, below, stack: pointer } = stack.top as Frame;
  stack.push({ ...plain, row, outOfLine: true, returnTo, stack: pointer, below });
}

function interrupt(stack: CallStack, row: number, pointer: number): void {
  const interrupted = { returnTo: 0, site: 0, link: 0 };
  stack.push({ ...plain, row, returnTo: 0, stack: pointer, below: stack.length, interrupted });
}

test('a return leaves the function that was called, and those that were jumped to from it', () => {
  const stack = begun();
  call(stack, b, 1000);
  jump(stack, c);
  expect(stack.return(1000)).toBe(true);
  expect(rows(stack)).toEqual([a]);
});

test('of a recursion one call returns', () => {
  const stack = begun();
  call(stack, b, 1000, 100);
  call(stack, b, 1000, 80);
  stack.return(1000);
  expect(rows(stack)).toEqual([a, b]);
});

test('a return that is a jump, as in a retpoline, leaves nothing', () => {
  const stack = begun();
  call(stack, b, 1000);
  expect(stack.return(4711)).toBe(false);
  expect(rows(stack)).toEqual([a, b]);
});

test('code out of line jumps back into its function, but not into a caller', () => {
  const stack = begun();
  call(stack, b, 1000);
  jump(stack, c);
  stack.resume((row) => row === b);
  expect(rows(stack)).toEqual([a, b]);
  stack.resume((row) => row === a);
  expect(rows(stack)).toEqual([a, b]);
});

test('an exception ends at its stack, wherever it returns to, and no return inside it goes beyond it', () => {
  const stack = begun();
  call(stack, b, 1000);
  interrupt(stack, c, 64);
  expect(stack.endException(24)).toBeUndefined();
  expect(stack.return(1000)).toBe(false);
  call(stack, a, 2000);
  expect(stack.endException(64)?.row).toBe(c);
  expect(rows(stack)).toEqual([a, b]);
  interrupt(stack, c, 64);
  // A handler that pushed a return address.
  expect(stack.endException(56)?.row).toBe(c);
});
