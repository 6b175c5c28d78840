/** Real kernels and Xen; symbols-text.test.ts compares whole lists with those of running kernels. */
import { describe, expect } from 'vitest';
import { corpusTest, linuxIds, output } from '../../../test/outside.js';
import { type Image, layers } from '../image.js';
import { openImage } from '../open.js';
import { readSymbols } from './read.js';
import { sectionBounds } from './section-bounds.js';
import type { SymbolTable } from './symbol-table.js';

async function symbolsOf(data: Uint8Array): Promise<{ table: SymbolTable; layer: Image }> {
  const image = await openImage(data);
  const { table, problem } = readSymbols(image);
  expect(problem).toBeUndefined();
  return { table: table!, layer: layers(image).at(-1)! };
}

const ids = [...linuxIds, 'debian-13-cloud-arm64'] as const;
describe('look-ups', () => {
  for (const id of ids) {
    corpusTest('start_kernel', id, [], async ({ data }) => {
      const { table, layer } = await symbolsOf(data);
      const address = table.find('start_kernel')!;
      expect(table.at(address + 9n)).toMatchObject({ name: 'start_kernel', offset: 9 });
      expect(table.exactly(address, 'T')?.name).toBe('start_kernel');
      expect(table.space.addressOf(table.space.offsetOf(address)!)).toBe(address);
      const bounds = sectionBounds(table, layer.formats.elf);
      const init = bounds.find((bound) => bound.id === 'init-text')!;
      expect(address >= init.start && address < init.end).toBe(true);
      for (const bound of bounds) expect(bound.end).toBeGreaterThan(bound.start);
    });
  }
});

corpusTest('linked where its first branch goes to', 'debian-13-cloud-arm64', [], async ({ data }) => {
  const { table, layer } = await symbolsOf(data);
  // The header's code1 is `b primary_entry`: 26 bits, in words, from its own place.
  const branch = layer.bytes.u32(4);
  expect(branch >>> 26).toBe(0b000101);
  const distance = ((branch << 6) >> 6) * 4;
  const target = table.space.addressOf(4)! + BigInt(distance);
  expect(table.allAt(target).map(({ name }) => name)).toContain('primary_entry');
});

describe('Xen', () => {
  corpusTest('symbols are those nm lists', 'xen-efi', ['nm'], async ({ data, path }) => {
    const { table } = await symbolsOf(data);
    const theirs = new Set(
      output('nm', '-n', path)
        .split('\n')
        .map((line) => line.slice(0, 16) + line.slice(18)),
    );
    // Static symbols carry their file's name: "head.o#multiboot1_header".
    const unknown = Array.from(table.entries()).filter(
      ({ address, name }) => !theirs.has(`${address.toString(16)} ${name.replace(/^.*#/, '')}`),
    );
    expect(unknown).toEqual([]);
    expect(table.count).toBeGreaterThan(5000);
    expect(Object.keys(table.source.blobs)).toContain('symbols_names');
  });

  corpusTest('symbols of its ELF image', 'xen', [], async ({ data }) => {
    const { table } = await symbolsOf(data);
    expect(table.count).toBeGreaterThan(5000);
    const place = table.find('__start_xen')!;
    expect(table.space.offsetOf(place)).toBeDefined();
  });
});
