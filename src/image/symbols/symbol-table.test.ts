import { describe, expect, test } from 'vitest';
import { craftSymbols } from '../../../test/craft/kallsyms.js';
import { kernelStart, symbolTable } from '../../../test/craft/symbols.js';

const start = kernelStart;

const symbols = [
  ...craftSymbols(300, start),
  { address: start + 0x2000n, type: 'd', name: 'data' },
  { address: start + 0x2000n, type: 'D', name: 'data_alias' },
];

describe('look-ups agree with a search through the list', () => {
  const table = symbolTable(symbols);

  test('by name: the lowest address of several', () => {
    for (const { name } of symbols) {
      const all = symbols.filter((symbol) => symbol.name === name);
      expect(table.find(name)).toBe(all[0]!.address);
      expect(table.findAll(name).map(({ address }) => address)).toEqual(all.map(({ address }) => address));
    }
    const names = symbols.map(({ name }) => name);
    const found = table.findFew([...names, 'no such name']);
    expect(found.size).toBe(new Set(names).size);
    for (const [name, address] of found) expect(address).toBe(table.find(name));
    expect(table.find('start_thing')).toBeUndefined();
    expect(table.indexOf('')).toBe(-1);
  });

  test('by address: the first of those at or below it', () => {
    for (let address = start; address < start + 0x3000n; address += 7n) {
      const below = symbols.filter((symbol) => symbol.address <= address);
      const found = below.find((symbol) => symbol.address === below.at(-1)!.address)!;
      expect(table.at(address)).toMatchObject({
        name: found.name,
        offset: Number(address - found.address),
      });
    }
  });

  test('outside the image there is nothing', () => {
    expect(table.at(start - 1n)).toBeUndefined();
    expect(table.at(start + 0x10000n)).toBeUndefined();
    expect(table.at(0n)).toBeUndefined();
  });

  test('exactly at an address, of some types', () => {
    expect(table.exactly(start + 0x2000n)?.name).toBe('data');
    expect(table.exactly(start + 0x2000n, 'D')?.name).toBe('data_alias');
    expect(table.exactly(start + 0x2000n, 'tT')).toBeUndefined();
    expect(table.exactly(start + 0x2001n)).toBeUndefined();
    expect(table.allAt(start + 0x2000n).map(({ name }) => name)).toEqual(['data', 'data_alias']);
  });
});

test('with symbols for code only, data is not the end of code', () => {
  const code = [
    { address: start, type: 'T', name: '_stext' },
    { address: start + 0x100n, type: 't', name: 'work' },
    { address: start + 0x200n, type: 'T', name: '_etext' },
    { address: start + 0x800n, type: 'T', name: '_sinittext' },
    { address: start + 0x900n, type: 'T', name: '_einittext' },
  ];
  const table = symbolTable(code);
  expect(table.at(start + 0x110n)).toMatchObject({ name: 'work', offset: 0x10 });
  expect(table.at(start + 0x210n)).toBeUndefined();
  expect(table.at(start + 0x880n)).toMatchObject({ name: '_sinittext', offset: 0x80 });
  expect(table.at(start + 0x910n)).toBeUndefined();
});

test('an empty table', () => {
  const table = symbolTable([]);
  expect(table.count).toBe(0);
  expect(table.at(start)).toBeUndefined();
  expect(table.find('x')).toBeUndefined();
  expect([...table.entries()]).toEqual([]);
});
