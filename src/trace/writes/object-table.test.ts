import { expect, test } from 'vitest';
import { kernelStart, symbolTable } from '../../../test/craft/symbols.js';
import { signed } from '../function-table.js';
import { ObjectTable } from './object-table.js';
import { objectSections } from './row.js';

const at = (offset: number, name: string, type = 'D') => ({
  address: kernelStart + BigInt(offset),
  type,
  name,
});
const marks = [
  at(0x1000, '__start_rodata'),
  at(0x2000, '__end_rodata'),
  at(0x3000, '_sdata'),
  at(0x4000, '_edata'),
  at(0x5000, '__init_begin'),
  at(0x6000, '__init_end'),
  at(0x7000, '__bss_start', 'B'),
  at(0x8000, '__bss_stop', 'B'),
];
const place = (offset: number): number => signed(kernelStart) + offset;
const inOrder = (...symbols: (typeof marks)[number][]) =>
  symbolTable([...marks, ...symbols].sort((a, b) => Number(a.address - b.address)));

test('an object goes from its symbol to the next one, whatever that is', () => {
  const table = new ObjectTable(
    inOrder(
      at(0x800, 'start_kernel', 'T'),
      at(0x1010, 'xen_mmu_ops', 'r'),
      at(0x1100, 'other', 'r'),
      at(0x3000, 'init_stack'),
      at(0x3000, 'init_thread_union'),
      at(0x3400, 'boot_params'),
      at(0x3400, 'its_alias'),
      at(0x3500, 'behind'),
      at(0x5000, 'init_code', 't'),
      at(0x5100, 'x86_init', 'd'),
      at(0x7010, 'counter', 'b'),
      at(0x8000, 'page_tables', 'B'),
    ),
  );
  expect(table.names).toEqual(['xen_mmu_ops', 'other', 'boot_params', 'behind', 'x86_init', 'counter']);
  const sizes = table.names.map((_, object) => table.ends[object]! - table.starts[object]!);
  expect(sizes).toEqual([0xf0, 0xf00, 0x100, 0xb00, 0xf00, 0xff0]);
  const sections = table.names.map((_, object) => objectSections[table.section(object)]);
  expect(sections).toEqual(['read-only', 'read-only', 'data', 'data', 'init', 'bss']);
  const found = [0x1010, 0x10ff, 0x1100, 0x3010, 0x34ff, 0x5050, 0x7fff, 0x8000].map((offset) =>
    table.at(place(offset)),
  );
  expect(found).toEqual([0, 0, 1, -1, 2, -1, 5, -1]);
  // A write that goes on into the next object, and one that ends before it.
  expect([table.next(2, place(0x3508)), table.next(2, place(0x3500)), table.next(5, place(0x9000))]).toEqual([
    3, -1, -1,
  ]);
});

test('without the linker’s marks, or with symbols of code alone, there are none', () => {
  const code = [at(0, '_stext', 'T'), at(0x100, 'start_kernel', 'T')];
  expect(new ObjectTable(symbolTable(code)).names).toEqual([]);
  expect(new ObjectTable(symbolTable([...code, at(0x3000, 'object')])).names).toEqual([]);
});
