/** Inputs made to crash or to hang: every one gives a table or a problem, in bounded time. */
import { describe, expect, test } from 'vitest';
import { craftElf } from '../../../test/craft/elf.js';
import { craftKallsyms, craftSymbols } from '../../../test/craft/kallsyms.js';
import { ascii, concat, le } from '../../../test/craft/write.js';
import { Random } from '../../../test/fuzz/random.js';
import { corpusTest } from '../../../test/outside.js';
import { kernelElf } from '../image.js';
import { openImage } from '../open.js';
import { linkerTables } from '../tables/tables.js';
import type { Blob } from './blob.js';
import { locateKallsyms } from './kallsyms-layout.js';
import { readSymbols } from './read.js';
import { sectionBounds } from './section-bounds.js';

const start = 0xffffffff81000000n;

/** Everything that can be asked of an image's symbols; the table's size, or the problem. */
async function exercise(file: Uint8Array): Promise<number | string> {
  const image = await openImage(file);
  const { table, problem } = readSymbols(image);
  if (!table) {
    expect(problem).toMatch(/^\S.*\S$/);
    return problem!;
  }
  let count = 0;
  for (const { name } of table.entries()) count += name.length < 1024 ? 1 : 0;
  expect(count).toBe(table.count);
  table.find('start_kernel');
  for (const address of [0n, start, start + 0x1234n, (1n << 64n) - 1n]) table.at(address);
  linkerTables(image, table);
  sectionBounds(table, image.formats.elf);
  return table.count;
}

function mutate(file: Uint8Array, blobs: readonly Blob[], random: Random): Uint8Array {
  const copy = file.slice();
  const view = new DataView(copy.buffer);
  const { offset, length } = random.pick(blobs);
  for (let i = 1 + random.below(4); i > 0; i--) {
    const at = offset + random.below(length);
    const kind = random.below(4);
    if (kind < 2) copy[at] = random.next();
    else if (kind === 2) copy.fill(random.pick([0, 0xff, 0x41]), at, at + random.below(600));
    else if (at + 4 <= copy.length) view.setUint32(at, random.pick([0, 1, 0x7fffffff, 0xffffffff]), true);
  }
  return copy;
}

describe('mutated kallsyms', () => {
  test.each(['4.5', '5.10', '6.1', '6.12', '7.2'] as const)('as of %s', async (version) => {
    const symbols = craftSymbols(600, start);
    const { data, arrays } = craftKallsyms({ symbols, version, at: start });
    const file = craftElf({ segments: [{ vaddr: start, data, memSize: 0x100000 }] });
    const { source } = readSymbols(await openImage(file)).table!;
    expect(Object.keys(source.blobs)).toHaveLength(arrays.size);
    const random = new Random(version.length * 7919 + symbols.length);
    const outcomes = new Set<string>();
    for (let i = 0; i < 400; i++) {
      const outcome = await exercise(mutate(file, Object.values(source.blobs), random));
      outcomes.add(typeof outcome);
    }
    // Some mutations are harmless, most are not.
    expect([...outcomes].sort()).toEqual(['number', 'string']);
  });

  corpusTest('of a real kernel', 'debian-12-cloud-amd64', [], async ({ data }) => {
    const payload = kernelElf(await openImage(data))!.bytes.data;
    const { blobs } = readSymbols(await openImage(payload)).table!.source;
    const random = new Random(1);
    for (let i = 0; i < 25; i++) await exercise(mutate(payload, Object.values(blobs), random));
  });
});

describe('bounded time', () => {
  const tokens = ascii(
    `${Array.from({ length: 256 }, (_, i) => (i >= 0x30 && i < 0x3a ? String.fromCharCode(i) : '')).join('\0')}\0`,
  );
  const index = concat(
    ...Array.from({ length: 256 }, (_, i) => le(i + Math.min(10, Math.max(0, i - 0x30)), 2)),
  );
  const pad = new Uint8Array(-tokens.length & 7);
  const tokenTable = concat(tokens, pad, index);
  const size = 1 << 24;

  /** `fill` writes the words before a token table that is as it should be. */
  function beforeTokens(fill: (word: number, at: number) => number): Uint8Array {
    const words = Uint32Array.from({ length: size / 4 }, (_, i) => fill(i, 4 * i));
    return concat(new Uint8Array(words.buffer), tokenTable, new Uint8Array(1 << 16));
  }

  const cases: readonly [string, () => Uint8Array][] = [
    ['a token table after nothing', () => beforeTokens(() => 0)],
    ['digits all over', () => ascii('0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00'.repeat(size / 20))],
    [
      'token tables all over',
      () => {
        const all = new Uint8Array(size);
        for (let at = 0; at + tokenTable.length <= size; at += tokenTable.length) all.set(tokenTable, at);
        return all;
      },
    ],
    ['markers that never begin', () => beforeTokens((i) => (i * 1024 + 512) >>> 0)],
    ['markers that begin everywhere', () => beforeTokens((i) => (i % 4) * 1024)],
    [
      'one number of symbols everywhere',
      () => beforeTokens((i) => (i > size / 4 - 3 ? (i & 1) * 1024 : 300)),
    ],
    ['names everywhere', () => beforeTokens((i) => (i > size / 4 - 9 ? 0x00010000 : 0x01020102))],
  ];

  test.each(cases)('%s', (_, make) => {
    const data = make();
    // A hang takes minutes and ends in the runner's timeout.
    for (const word of [4, 8] as const) expect(locateKallsyms(data, word).layout).toBeUndefined();
  });

  test('names that unpack to many times their length', async () => {
    const symbols = craftSymbols(600, start);
    const token = [0x80, 'y'.repeat(2000)] as const;
    const { data } = craftKallsyms({ symbols, version: '6.12', at: start, token });
    const file = craftElf({ segments: [{ vaddr: start, data }] });
    expect(await exercise(file)).toMatch(/^kallsyms_names at 0x\w+ holds an impossible name$/);
  });
});
