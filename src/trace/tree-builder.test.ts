import { expect, test } from 'vitest';
import { TreeBuilder } from './tree-builder.js';

const [a, b, c] = [1, 2, 3] as const;
const call = (row: number, returnTo: number, stack = 100n) =>
  ({ row, kind: 'call', site: 4, returnTo, stack, instruction: 0 }) as const;
const jump = (row: number) => ({ row, kind: 'jump', site: 8, stack: 92n, instruction: 0 }) as const;

function begun(): TreeBuilder {
  const tree = new TreeBuilder();
  tree.root(a, 0);
  return tree;
}

test('calls from one place are one node, and totals add up', () => {
  const tree = begun();
  for (let i = 0; i < 3; i++) {
    tree.spend(1);
    tree.enter(call(b, 1000));
    tree.spend(10);
    expect(tree.leave(1000, 100n)).toBe(true);
  }
  const { function: rows, count, self, total } = tree.columns();
  expect([[...rows], [...count], [...self], [...total]]).toEqual([
    [a, b],
    [1, 3],
    [3, 30],
    [33, 30],
  ]);
});

test('a function that was jumped to returns to who called the one that jumped', () => {
  const tree = begun();
  tree.enter(call(b, 1000));
  tree.enter(jump(c));
  expect(tree.row).toBe(c);
  expect(tree.leave(1000, 100n)).toBe(true);
  expect(tree.row).toBe(a);
});

test('code out of line jumps back into its function, which is no new entry', () => {
  const tree = begun();
  tree.enter(call(b, 1000));
  tree.enter(jump(c));
  expect(tree.resume(b)).toBe(true);
  expect(tree.row).toBe(b);
  // A caller is not jumped back into.
  expect(tree.resume(a)).toBe(false);
});

test('an exception ends at its stack, wherever it returns to', () => {
  const tree = begun();
  tree.enter({ row: c, kind: 'exception', site: 2, stack: 64n, instruction: 0 });
  tree.enter(call(b, 2000, 32n));
  expect(tree.leave(4711, 60n)).toBe(false);
  expect(tree.leave(4711, 64n)).toBe(true);
  expect(tree.row).toBe(a);
});
