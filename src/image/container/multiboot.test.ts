import { describe, expect, test } from 'vitest';
import { craftMultiboot, craftMultiboot2 } from '../../../test/craft/multiboot.js';
import { concat, le } from '../../../test/craft/write.js';
import { Bytes } from '../../core/bytes.js';
import { parseMultiboot } from './multiboot.js';
import { parseMultiboot2 } from './multiboot2.js';

const at = (offset: number, header: Uint8Array) => new Bytes(concat(new Uint8Array(offset), header));

describe('Multiboot 1', () => {
  test('plain, at the last place it may stand', () => {
    expect(parseMultiboot(at(0, craftMultiboot(3)))).toEqual({ offset: 0, flags: 3 });
    expect(parseMultiboot(at(8192 - 12, craftMultiboot(3)))?.offset).toBe(8180);
    expect(parseMultiboot(at(8192 - 8, craftMultiboot(3)))).toBeUndefined();
    expect(parseMultiboot(at(0x82, craftMultiboot(3)))).toBeUndefined();
  });

  test('with addresses and a video mode', () => {
    const values = {
      header_addr: 0x100000,
      load_addr: 0x100000,
      load_end_addr: 0x180000,
      bss_end_addr: 0x200000,
      entry_addr: 0x100030,
      mode_type: 1,
      width: 80,
      height: 25,
    };
    expect(parseMultiboot(at(64, craftMultiboot(0x10004, values)))).toEqual({
      offset: 64,
      flags: 0x10004,
      load: {
        headerAddr: 0x100000,
        loadAddr: 0x100000,
        loadEndAddr: 0x180000,
        bssEndAddr: 0x200000,
        entryAddr: 0x100030,
      },
      video: { mode: 1, width: 80, height: 25, depth: 0 },
    });
  });

  test('flags with the highest bit set, a wrong checksum before the right one', () => {
    const wrong = craftMultiboot(3, { checksum: 1 });
    expect(parseMultiboot(at(0, concat(wrong, craftMultiboot(0x80000000))))).toEqual({
      offset: 48,
      flags: 0x80000000,
    });
  });
});

describe('Multiboot2', () => {
  test('tags', () => {
    const header = parseMultiboot2(
      at(
        24,
        craftMultiboot2([
          { type: 1, data: le(4, 4) },
          { type: 3, data: le(0x100000, 4) },
          { type: 99, optional: true, data: new Uint8Array(5) },
        ]),
      ),
    )!;
    expect(header).toMatchObject({
      offset: 24,
      architecture: 0,
      length: 16 + 16 + 16 + 16 + 8,
      problems: [],
    });
    expect(header.tags.map(({ typeName, optional, data }) => [typeName, optional, data.length])).toEqual([
      ['information request', false, 4],
      ['entry address', false, 4],
      ['tag 99', true, 5],
      ['end', false, 0],
    ]);
  });

  test('tags of no size, of too much, and no end', () => {
    const none = craftMultiboot2([{ type: 1, data: new Uint8Array(8) }]);
    none.set(le(0, 4), 20);
    expect(parseMultiboot2(at(0, none))).toMatchObject({ tags: [], problems: [{ offset: 16 }] });
    none.set(le(0xffffffff, 4), 20);
    expect(parseMultiboot2(at(0, none))).toMatchObject({ tags: [], problems: [{ offset: 16 }] });
    const cut = craftMultiboot2([{ type: 1, data: new Uint8Array(8) }]);
    const header = parseMultiboot2(at(0, cut.subarray(0, 32)))!;
    expect(header.tags).toHaveLength(1);
    expect(header.problems.length).toBeGreaterThan(0);
  });

  test('only within 32768 bytes, 8-aligned', () => {
    expect(parseMultiboot2(at(4, craftMultiboot2()))).toBeUndefined();
    expect(parseMultiboot2(at(32768, craftMultiboot2()))).toBeUndefined();
    expect(parseMultiboot2(at(32768 - 24, craftMultiboot2()))?.tags).toHaveLength(1);
  });
});
