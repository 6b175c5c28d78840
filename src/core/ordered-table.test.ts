import { expect, test } from 'vitest';
import { orderedTable } from './ordered-table.js';

test('sorts by level, then by dependency, then by declaration', () => {
  const table = orderedTable('t', [
    { id: 'late', order: 2 },
    { id: 'b', order: 1, depends: ['c'] },
    { id: 'a', order: 1 },
    { id: 'c', order: 1 },
  ]);
  expect(table.map((item) => item.id)).toEqual(['c', 'b', 'a', 'late']);
});

test('names the whole chain of a cycle of any length', () => {
  const items = ['a', 'b', 'c', 'd'].map((id, i, all) => ({ id, order: 1, depends: [all[(i + 1) % 4]!] }));
  expect(() => orderedTable('t', items)).toThrow('t: cycle a → b → c → d → a');
});

test.each([
  [
    'a level inversion',
    [
      { id: 'a', order: 1, depends: ['b'] },
      { id: 'b', order: 2 },
    ],
    'level inversion',
  ],
  ['an unknown dependency', [{ id: 'a', order: 1, depends: ['x'] }], "depends on 'x'"],
  [
    'a double registration',
    [
      { id: 'a', order: 1 },
      { id: 'a', order: 1 },
    ],
    'registered twice',
  ],
])('refuses %s', (_, items, message) => {
  expect(() => orderedTable('t', items)).toThrow(message);
});
