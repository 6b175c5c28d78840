import { describe, expect, test } from 'vitest';
import { craftArm64Image } from '../../../test/craft/arm64.js';
import { craftElf } from '../../../test/craft/elf.js';
import {
  type CraftKallsyms,
  type CraftSymbol,
  craftKallsyms,
  craftSymbols,
  type KallsymsVersion,
} from '../../../test/craft/kallsyms.js';
import { concat, le } from '../../../test/craft/write.js';
import { openImage } from '../open.js';
import { readSymbols } from './read.js';
import type { SymbolTable } from './symbol-table.js';

const text = 0xffffffff81000000n;
const text32 = 0xc1000000n;

/** An ELF kernel with its arrays some way into a segment of constants, and the code they are about in another. */
function kernel(options: Omit<CraftKallsyms, 'at'>): Uint8Array {
  const start = options.word === 4 ? text32 : text;
  const before = 0x1230;
  const { data } = craftKallsyms({ ...options, at: start + BigInt(before) });
  const constants = concat(new Uint8Array(before).fill(0xcc), data, new Uint8Array(64).fill(0xcc));
  return craftElf({
    class: options.word === 4 ? 32 : 64,
    segments: [
      { vaddr: start, data: constants, memSize: 0x400000 },
      { vaddr: 0, memSize: 0x30000 },
    ],
  });
}

async function tableOf(file: Uint8Array): Promise<SymbolTable> {
  const { table, problem } = readSymbols(await openImage(file));
  expect(problem).toBeUndefined();
  return table!;
}

function listOf(table: SymbolTable): CraftSymbol[] {
  return Array.from(table.entries(), ({ address, type, name }) => ({ address, type, name }));
}

const percpu: CraftSymbol[] = ['__per_cpu_start', 'cpu_number', 'this_cpu_off'].map((name, i) => ({
  address: BigInt(i * 0x1000),
  type: 'A',
  name,
}));

const versions: KallsymsVersion[] = ['4.5', '4.19', '5.10', '6.1', '6.12', '7.2'];

describe('kallsyms of an ELF kernel', () => {
  test.each(
    versions.flatMap((version) => [4, 8].map((word) => ({ version, word: word as 4 | 8 }))),
  )('as of $version, words of $word bytes', async ({ version, word }) => {
    const symbols = craftSymbols(1000, word === 8 ? text : text32);
    const table = await tableOf(kernel({ version, word, symbols }));
    expect(listOf(table)).toEqual(symbols);
    expect(table.source.from).toBe('kallsyms');
  });

  test.each([
    '4.19',
    '5.10',
    '6.1',
    '6.12',
  ] as const)('as of %s with absolute per-CPU symbols', async (version) => {
    const symbols = [...percpu, ...craftSymbols(700, text)];
    const table = await tableOf(kernel({ version, symbols, absolutePercpu: true }));
    expect(listOf(table)).toEqual(symbols);
    expect(table.source.form).toContain('per-CPU');
  });

  test('names of more than 127 codes take two bytes of length since 6.1, one before', async () => {
    for (const [version, longest] of [
      ['5.10', 200],
      ['6.1', 400],
      ['6.12', 400],
    ] as const) {
      const symbols = craftSymbols(600, text, longest);
      expect(listOf(await tableOf(kernel({ version, symbols })))).toEqual(symbols);
    }
  });

  test.each([257, 511, 512, 513])('%i symbols', async (count) => {
    const symbols = craftSymbols(count, text);
    for (const version of versions) {
      expect(listOf(await tableOf(kernel({ version, symbols })))).toEqual(symbols);
    }
  });

  test('says where each array stands', async () => {
    const symbols = craftSymbols(600, text);
    const file = kernel({ version: '6.12', symbols });
    const { source } = await tableOf(file);
    expect(Object.keys(source.blobs)).toEqual([
      'kallsyms_num_syms',
      'kallsyms_names',
      'kallsyms_markers',
      'kallsyms_token_table',
      'kallsyms_token_index',
      'kallsyms_offsets',
      'kallsyms_relative_base',
      'kallsyms_seqs_of_names',
    ]);
    const view = new DataView(file.buffer);
    expect(view.getUint32(source.blobs.kallsyms_num_syms!.offset, true)).toBe(600);
    expect(view.getBigUint64(source.blobs.kallsyms_relative_base!.offset, true)).toBe(text);
  });

  test('a base outside the kernel is a problem, not a table', async () => {
    const file = kernel({ version: '6.12', symbols: craftSymbols(600, text), relativeBase: 0x1234567n });
    expect(readSymbols(await openImage(file))).toEqual({
      problem: 'kallsyms_relative_base is 0x1234567, which no segment holds',
    });
  });

  test('a kernel without kallsyms', async () => {
    const file = craftElf({ segments: [{ vaddr: text, data: new Uint8Array(0x1000) }] });
    expect(readSymbols(await openImage(file)).problem).toMatch(/^no kallsyms token table found/);
  });
});

describe('kallsyms of a raw arm64 image', () => {
  const base = 0xffff800080000000n;
  /** Functions of the image, the first of them at its first byte. */
  const symbols = craftSymbols(800, base);
  const at = 0x8000;

  function image(version: KallsymsVersion, relativeBase: bigint | undefined, more: Uint8Array): Uint8Array {
    const crafted = craftKallsyms({ symbols, version, at: base + BigInt(at), relativeBase });
    const file = craftArm64Image({ image_size: 0x400000 }, at + 0x20000);
    file.set(crafted.data, at);
    file.set(more, at + 0x1f000);
    return file;
  }

  function placeOfBase(version: KallsymsVersion): bigint {
    const [offset] = craftKallsyms({ symbols, version, at: base }).arrays.get('relative_base')!;
    return base + BigInt(at + offset);
  }

  test('linked where kallsyms_relative_base says', async () => {
    const table = await tableOf(image('6.12', undefined, new Uint8Array()));
    expect(listOf(table)).toEqual(symbols);
    expect(table.space.offsetOf(base + 0x40n)).toBe(0x40);
  });

  test('or where the relocation of that word says', async () => {
    const other = concat(le(base + 0x8010n, 8), le(1027, 8), le(base + 0x20n, 8));
    const relocation = concat(le(placeOfBase('6.1'), 8), le(1027, 8), le(base, 8));
    const table = await tableOf(image('6.1', 0n, concat(other, relocation)));
    expect(listOf(table)).toEqual(symbols);
    // A pointer that is zero in the image has the value of its relocation.
    expect(table.space.pointer(placeOfBase('6.1'))).toBe(base);
  });

  test('or where its pointers hit symbols', async () => {
    const pointers = concat(...symbols.slice(0, 200).map(({ address }) => le(address, 8)));
    expect(listOf(await tableOf(image('7.2', undefined, pointers)))).toEqual(symbols);
  });

  test('or nowhere', async () => {
    const { table, problem } = readSymbols(await openImage(image('7.2', undefined, new Uint8Array())));
    expect(table).toBeUndefined();
    expect(problem).toBe('kallsyms found, but nothing in the image tells where it was linked');
  });
});

describe('a payload that was not unpacked', () => {
  test('is named as the reason', async () => {
    const { gzipSync } = await import('node:zlib');
    const file = new Uint8Array(gzipSync(kernel({ version: '6.1', symbols: craftSymbols(600, text) })));
    const packed = await openImage(file, { unpack: false });
    expect(readSymbols(packed).problem).toMatch(/not unpacked/);
    expect(readSymbols(await openImage(file)).table?.count).toBe(600);
  });
});
