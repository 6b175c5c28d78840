import { describe, expect, test } from 'vitest';
import { ALL, type Axis, standing } from './applicability.js';
import { type OrderedItem, order, orderedTable } from './ordered-table.js';

test('sorts by level, then by dependency, then by declaration', () => {
  const table = orderedTable('t', [
    { id: 'late', order: 2 },
    { id: 'b', order: 1, depends: ['c'] },
    { id: 'a', order: 1 },
    { id: 'c', order: 1 },
  ]);
  expect(table.map((item) => item.id)).toEqual(['c', 'b', 'a', 'late']);
});

test.each([1, 2, 3, 4, 50])('names the whole chain of a cycle of %i', (length) => {
  const ids = Array.from({ length }, (_, i) => `n${i}`);
  const items = ids.map((id, i) => ({ id, order: 1, depends: [ids[(i + 1) % length]!] }));
  expect(() => orderedTable('t', items)).toThrow(`t: cycle ${[...ids, 'n0'].join(' → ')}`);
});

test.each([
  [
    'a level inversion',
    [
      { id: 'a', order: 1, depends: ['b'] },
      { id: 'b', order: 2 },
    ],
    "level inversion: 'a' (level 1) depends on 'b' (level 2)",
  ],
  ['an unknown dependency', [{ id: 'a', order: 1, depends: ['x'] }], "'a' depends on 'x'"],
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

test('lists every problem, not only the first', () => {
  const { problems } = order([
    { id: 'a', order: 1, depends: ['b', 'x'] },
    { id: 'b', order: 1, depends: ['a'] },
    { id: 'c', order: 0, depends: ['a'] },
  ]);
  expect(problems).toHaveLength(3);
});

describe('with axes', () => {
  const hypervisor: Axis = { name: 'hypervisor', values: { none: 0, xen: 1, kvm: 2 } };
  const subarch: Axis = { name: 'subarch', values: { pc: 0, pv: 2 } };
  const axes = [hypervisor, subarch];
  const everywhere = { support: ALL };
  const problemsOf = (...items: OrderedItem[]) => order(items, axes).problems;

  test('what declares nothing on an axis is refused', () => {
    expect(problemsOf({ id: 'a', order: 0 })).toEqual([
      "'a' declares no hypervisor that requires or supports it",
      "'a' declares no subarch that requires or supports it",
    ]);
    expect(problemsOf({ id: 'a', order: 0, where: [everywhere, { forbid: 1 }] })).toEqual([
      "'a' declares no subarch that requires or supports it",
    ]);
  });

  test('contradictions are refused', () => {
    expect(problemsOf({ id: 'a', order: 0, where: [{ require: 2, forbid: 6 }, everywhere] })).toEqual([
      "'a' requires and forbids hypervisor xen",
    ]);
    expect(problemsOf({ id: 'a', order: 0, where: [{ support: 2, forbid: 6 }, everywhere] })).toEqual([
      "'a' forbids every hypervisor that it supports",
    ]);
  });

  test('what is required must be able to depend on what it depends on, along the whole chain', () => {
    const c = { id: 'c', order: 0, where: [{ support: ALL, forbid: 2 }, everywhere] };
    const b = { id: 'b', order: 0, depends: ['c'], where: [everywhere, everywhere] };
    const a = { id: 'a', order: 0, depends: ['b'], where: [{ require: 6 }, everywhere] };
    expect(problemsOf(a, b, c)).toEqual([
      "'a' is required on hypervisor xen, where 'c' is forbidden: a → b → c",
    ]);
    expect(problemsOf({ ...a, where: [{ require: 4, support: 2 }, everywhere] }, b, c)).toEqual([]);
  });

  test('a requirement on one axis holds only where the other permits the item', () => {
    const b = { id: 'b', order: 0, where: [everywhere, { support: 4 }] };
    const a = { id: 'a', order: 0, depends: ['b'], where: [{ require: 2 }, { support: 4 }] };
    expect(problemsOf(a, b)).toEqual([]);
    expect(problemsOf({ ...a, where: [{ require: 2 }, { support: 5 }] }, b)).toEqual([
      "'a' is required on hypervisor xen with subarch pc, where 'b' is unsupported: a → b",
    ]);
  });

  test('forbidden comes before unsupported, and that before required', () => {
    const where = [
      { require: 2, support: 1 },
      { support: 1, forbid: 4 },
    ];
    expect(standing(where, [1, 0])).toBe('required');
    expect(standing(where, [0, 0])).toBe('supported');
    expect(standing(where, [2, 0])).toBe('unsupported');
    expect(standing(where, [1, 2])).toBe('forbidden');
    expect(standing([{ support: ALL }, { support: ALL }], [32, 0])).toBe('unsupported');
  });
});
