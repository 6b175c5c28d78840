import { expect, test } from 'vitest';
import { kernelStart, symbolTable } from '../../../test/craft/symbols.js';
import type { CodeMap } from '../code-map.js';
import { ObjectTable } from './object-table.js';
import { Writer } from './writer.js';
import { writesBy } from './writes-by.js';

const marks = ['__start_rodata', '__end_rodata', '_sdata', '_edata', '__init_begin', '__init_end'];
const objects = Array.from({ length: 200 }, (_, i) => `object${i}`);
/** Objects of 16 bytes each, in .bss. */
const table = new ObjectTable(
  symbolTable([
    ...marks.map((name) => ({ address: kernelStart, type: 'D', name })),
    { address: kernelStart, type: 'B', name: '__bss_start' },
    ...objects.map((name, i) => ({ address: kernelStart + BigInt((i + 1) * 16), type: 'b', name })),
    { address: kernelStart + 0x10000n, type: 'B', name: '__bss_stop' },
  ]),
);
/** Nobody here writes for a caller, so no code is looked at. */
const code = {} as CodeMap;

function wrote(object: number, row: number, first: number, from: number, to: number): Writer {
  const writer = new Writer(object, row, first, undefined, 16);
  writer.written.add(from, to);
  return writer;
}

test('a function is one writer of an object, with all that it wrote there', () => {
  const [early, late] = [wrote(3, 7, 10, 0, 4), wrote(3, 7, 20, 8, 12)];
  late.last = 30;
  late.nonZero = true;
  const other = wrote(1, 8, 5, 0, 16);
  other.changed = true;
  const { objects: found, writes, stretches } = writesBy([early, late, other], table, code);
  expect([found.name, [...found.size], [...found.address].map((each) => each - kernelStart)]).toEqual([
    ['object1', 'object3'],
    [16, 16],
    [32n, 64n],
  ]);
  expect(Object.fromEntries(Object.entries(writes).map(([name, column]) => [name, [...column]]))).toEqual({
    object: [0, 1],
    function: [8, 7],
    first: [5, 10],
    last: [5, 30],
    nonZero: [0, 1],
    changed: [1, 0],
  });
  expect([[...stretches.write], [...stretches.start], [...stretches.end]]).toEqual([
    [0, 1, 1],
    [0, 0, 8],
    [16, 4, 12],
  ]);
});

test('what writes more than 128 objects is left out', () => {
  const many = (count: number, row: number) =>
    Array.from({ length: count }, (_, object) => wrote(object, row, object, 0, 1));
  const { writes, objects: found } = writesBy([...many(128, 1), ...many(129, 2)], table, code);
  expect([new Set(writes.function), writes.function.length, found.name.length]).toEqual([
    new Set([1]),
    128,
    128,
  ]);
});

test('nothing that was seen is no rows, with no table either', () => {
  const { objects: found, writes, stretches } = writesBy([], undefined, code);
  expect([found.name, writes.object.length, stretches.write.length]).toEqual([[], 0, 0]);
});
