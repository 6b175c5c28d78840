import { expect, test } from 'vitest';
import { PendingWrite } from './pending.js';
import { Writer } from './writer.js';

function pending() {
  const ram = Uint8Array.of(0, 0, 5, 5, 0, 0);
  const writes = new PendingWrite({ ram: (at, bytes) => ram.subarray(at, at + bytes) });
  const writer = () => new Writer(0, 0, 0, undefined, 6);
  return { ram, writes, writer };
}

test('what a write changed is known once it has been carried out', () => {
  const { ram, writes, writer } = pending();
  const [zeros, same, other] = [writer(), writer(), writer()];
  // Zeros over zeros; the same again; something else, which makes it zero.
  for (const [each, at] of [
    [zeros, 0],
    [same, 2],
    [other, 2],
  ] as const)
    writes.add(each, at, 2);
  expect([zeros, same, other].map(({ nonZero, changed }) => [nonZero, changed])).toEqual(
    Array(3).fill([false, false]),
  );
  writes.settle();
  expect([zeros.nonZero, zeros.changed, same.nonZero, same.changed]).toEqual([false, false, true, false]);
  const [cleared, set] = [writer(), writer()];
  writes.add(cleared, 2, 2);
  writes.add(set, 4, 2);
  ram.set([0, 0, 0, 9], 2);
  writes.settle();
  expect([cleared, set].map(({ nonZero, changed }) => [nonZero, changed])).toEqual([
    [false, true],
    [true, true],
  ]);
});

test('one write of two objects counts for each, and what was seen stays', () => {
  const { ram, writes, writer } = pending();
  const [first, second] = [writer(), writer()];
  writes.add(first, 0, 2);
  writes.add(second, 2, 4);
  ram.set([1, 0, 5, 5, 0, 0]);
  writes.settle();
  ram.fill(7);
  writes.settle();
  expect([first, second].map(({ nonZero, changed }) => [nonZero, changed])).toEqual([
    [true, true],
    [true, false],
  ]);
});
