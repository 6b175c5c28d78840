import { describe, expect, test } from 'vitest';
import { craftElf } from '../../../test/craft/elf.js';
import { type CraftSymbol, craftKallsyms, craftSymbols } from '../../../test/craft/kallsyms.js';
import { ascii, concat, le } from '../../../test/craft/write.js';
import type { Image } from '../image.js';
import { openImage } from '../open.js';
import { readSymbols } from '../symbols/read.js';
import type { LinkerTable } from './linker-table.js';
import { linkerTables } from './tables.js';

const bases = { 8: 0xffffffff81000000n, 4: 0xc1000000n };
/** Where code freed after boot begins, then data, from the start of the image. */
const initText = 0x8000n;
const initData = 0x10000n;

interface Kernel {
  readonly word?: 4 | 8;
  readonly data: Uint8Array;
  /** Symbols of data, by offset in it. */
  readonly symbols?: Readonly<Record<string, number>>;
  readonly section?: string;
}

/** A kernel of 1000 functions f0…, each 16 bytes from the last, half of them in .init.text. */
function kernel({ word = 8, data, symbols = {}, section }: Kernel): Uint8Array {
  const start = bases[word];
  const functions: CraftSymbol[] = [
    { address: start, type: 'T', name: '_stext' },
    ...Array.from({ length: 500 }, (_, i) => ({
      address: start + BigInt(16 * i),
      type: 't',
      name: `f${i}`,
    })),
    { address: start + 0x4000n, type: 'T', name: '_etext' },
    { address: start + initText, type: 'T', name: '_sinittext' },
    ...Array.from({ length: 500 }, (_, i) => ({
      address: start + initText + BigInt(16 * i),
      type: 't',
      name: `init${i}`,
    })),
    { address: start + initText + 0x4000n, type: 'T', name: '_einittext' },
  ];
  const named = Object.entries(symbols)
    .sort(([, a], [, b]) => a - b)
    .map(([name, offset]) => ({ address: start + initData + BigInt(offset), type: 'd', name }));
  const at = start + 0x20000n;
  const kallsyms = craftKallsyms({ symbols: [...functions, ...named], version: '6.1', word, at }).data;
  const file = new Uint8Array(0x20000 + kallsyms.length);
  file.set(data, Number(initData));
  file.set(kallsyms, 0x20000);
  const sections = section ? [{ name: section, addr: start + initData, data }] : [];
  return craftElf({ class: word === 8 ? 64 : 32, segments: [{ vaddr: start, data: file }], sections });
}

async function tablesOf(options: Kernel): Promise<{ image: Image; tables: LinkerTable[] }> {
  const image = await openImage(kernel(options));
  const { table, problem } = readSymbols(image);
  expect(problem).toBeUndefined();
  return { image, tables: linkerTables(image, table!) };
}

/** Place-relative references to functions of .init.text, for entries from `offset` in the data on. */
function references(numbers: readonly number[], offset = 0): Uint8Array {
  return concat(
    ...numbers.map((n, i) => le(initText + BigInt(16 * n) - (initData + BigInt(offset + 4 * i)), 4)),
  );
}

describe('initcalls', () => {
  const symbols = {
    __initcall_start: 0,
    __initcall_f_aearly: 0,
    __initcall0_start: 4,
    __initcall5_start: 4,
    __initcall__kmod_core__1_23_f_b5: 4,
    __initcall__kmod_net_sync__9_123_f_c15s: 8,
    __initcallrootfs_start: 12,
    __initcall6_start: 16,
    __initcall_end: 20,
  };

  test.each([4, 8] as const)('place-relative, words of %i bytes', async (word) => {
    const { tables } = await tablesOf({ word, symbols, data: references([7, 9, 8, 400, 3]) });
    expect(tables.map(({ id }) => id)).toEqual(['initcall']);
    const [table] = tables;
    expect(table).toMatchObject({ start: bases[word] + initData, end: bases[word] + initData + 20n });
    expect(table!.entries.map(({ name, level }) => [name, level])).toEqual([
      ['init7', 'early'],
      ['init9', '5'],
      ['init8', '5s'],
      ['init400', 'rootfs'],
      ['init3', '6'],
    ]);
    expect(table!.entries[2]!.facts).toEqual({ module: 'net_sync', line: '123' });
    expect(table!.entries[1]).toMatchObject({
      place: bases[word] + initData + 4n,
      address: bases[word] + initText + 0x90n,
    });
  });

  test('pointers, where there are no place-relative ones', async () => {
    const data = concat(...[5, 6].map((n) => le(bases[8] + initText + BigInt(16 * n), 8)));
    const bounds = { __initcall_start: 0, __initcall6_start: 8, __initcall_end: 16 };
    const { tables } = await tablesOf({ data, symbols: bounds });
    expect(tables[0]!.entries.map(({ name, level }) => [name, level])).toEqual([
      ['init5', 'early'],
      ['init6', '6'],
    ]);
  });

  test.each([4, 8] as const)('by their form, words of %i bytes', async (word) => {
    const start = bases[word];
    const count = 120;
    const parameters = ['quiet', 'mem='].map((text, i) => ({ text, at: 0x100 + 16 * i, fn: 30 + i }));
    const setupAt = 0x200;
    const callsAt = setupAt + 2 * 3 * word;
    const levels = [4, 10, 10, 20, 30, 60, 90, 110, 118];
    const data = new Uint8Array(0x1000);
    for (const [i, { text, at, fn }] of parameters.entries()) {
      data.set(ascii(text), at);
      const entry = [
        le(start + initData + BigInt(at), word),
        le(start + initText + BigInt(16 * fn), word),
        le(i, word),
      ];
      data.set(concat(...entry), setupAt + i * 3 * word);
    }
    data.set(
      references(
        Array.from({ length: count }, (_, i) => i),
        callsAt,
      ),
      callsAt,
    );
    const bounds = levels.map((level) => le(start + initData + BigInt(callsAt + 4 * level), word));
    data.set(concat(...bounds), 0x40);

    const { tables } = await tablesOf({ word, data });
    const [setup, console, calls] = tables;
    expect(tables.map(({ id }) => id)).toEqual(['setup', 'con_initcall', 'initcall']);
    expect(setup!.entries.map(({ name, facts }) => [name, facts])).toEqual([
      ['init30', { parameter: 'quiet' }],
      ['init31', { parameter: 'mem=', early: 'yes' }],
    ]);
    expect(console!.entries.map(({ name }) => name)).toEqual(['init118', 'init119']);
    expect(calls!.entries).toHaveLength(118);
    expect(calls!.entries.filter(({ level }) => level === 'early')).toHaveLength(4);
    expect(calls!.entries.filter(({ level }) => level === '2')).toHaveLength(10);
    expect(calls!.entries.filter(({ level }) => level === '1')).toHaveLength(0);
    expect(calls!.entries.at(-1)).toMatchObject({ name: 'init117', level: '7' });
  });
});

describe('bounds', () => {
  const pointers = concat(le(bases[8] + 0x10n, 8), le(bases[8] + 0x20n, 8));

  test('by section where the symbols are not there', async () => {
    const { tables } = await tablesOf({ data: pointers, section: '.apicdrivers' });
    expect(tables).toMatchObject([
      { id: 'apicdrivers', foundBy: 'section .apicdrivers', entries: [{ name: 'f1' }, { name: 'f2' }] },
    ]);
  });

  test.each([
    ['the wrong way round', { __apicdrivers: 16, __apicdrivers_end: 0 }],
    ['far apart', { __apicdrivers: 0, __apicdrivers_end: 0x1000000 }],
    ['half there', { __apicdrivers: 0 }],
  ])('that are %s make no table', async (_, symbols) => {
    const { tables } = await tablesOf({ data: pointers, symbols });
    expect(tables).toEqual([]);
  });

  test('that are equal make an empty one', async () => {
    const { tables } = await tablesOf({
      data: pointers,
      symbols: { __apicdrivers: 0, __apicdrivers_end: 0 },
    });
    expect(tables).toMatchObject([{ id: 'apicdrivers', entries: [] }]);
  });
});

test('a kernel without any of the tables', async () => {
  const symbols = craftSymbols(400, bases[8]);
  const { data } = craftKallsyms({ symbols, version: '6.12', at: bases[8] });
  const image = await openImage(craftElf({ segments: [{ vaddr: bases[8], data }] }));
  expect(linkerTables(image, readSymbols(image).table!)).toEqual([]);
});
