import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { elf64ProgramHeader, segmentType } from '../src/abi/elf.js';
import { run } from '../src/cli/run.js';
import { ImageError } from '../src/core/errors.js';
import { type Image, layers } from '../src/image/image.js';
import { openImage } from '../src/image/open.js';
import { craftArm64Image, craftEfiZboot } from './craft/arm64.js';
import { craftBzImage } from './craft/bzimage.js';
import { craftElf, craftNotes } from './craft/elf.js';
import { craftMultiboot2 } from './craft/multiboot.js';
import { craftPe } from './craft/pe.js';
import { ascii, concat, le } from './craft/write.js';
import { readAll } from './fuzz/pipeline.js';

/** The largest of these files are megabytes of nothing but structures. */
const MEMORY = 1 << 28;

/** Reads a file in every way the tool can and checks that it took little memory; what takes too long meets the test's time limit. */
async function read(file: Uint8Array): Promise<string> {
  const memory = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const before = memory();
  const outcome = await readAll(file);
  expect(memory() - before).toBeLessThan(MEMORY);
  return outcome;
}

const text = new Uint8Array(64).fill(0x90);
const loaded = { vaddr: 0x1000000, data: text };
const note = craftNotes([{ owner: 'Xen', type: 18, desc: 0x1000000n }]);
const noteSegment = { type: segmentType.PT_NOTE, data: note, align: 4 };

describe('sizes and counts that lie', () => {
  test.each([
    ['name', 0],
    ['descriptor', 4],
  ])('a note with a %s of 2^32 − 1 bytes', async (_, at) => {
    const data = note.slice();
    data.set(le(0xffffffff, 4), at);
    expect(await read(craftElf({ segments: [loaded, { ...noteSegment, data }] }))).toBe('read');
  });

  test('a PT_NOTE segment of 2^64 − 1 bytes', async () => {
    const raw = { p_filesz: 2n ** 64n - 1n };
    expect(await read(craftElf({ segments: [loaded, { ...noteSegment, raw }] }))).toBe('read');
  });

  test('a segment of nothing but empty notes', async () => {
    const data = new Uint8Array(12 << 20);
    expect(await read(craftElf({ segments: [loaded, { ...noteSegment, data }] }))).toBe('read');
  });

  test('thousands of PT_NOTE segments with the same thousands of notes', async () => {
    const data = concat(...Array.from({ length: 4000 }, () => note));
    const segments = [
      noteSegment,
      ...Array.from({ length: 4000 }, () => ({ ...noteSegment, data, align: 8 })),
    ];
    expect(await read(craftElf({ segments: [loaded, ...segments] }))).toBe('read');
  });

  test('thousands of note sections with the same thousands of notes', async () => {
    const data = concat(...Array.from({ length: 4000 }, () => note));
    const sections = Array.from({ length: 4000 }, () => ({ name: '', type: 7, data }));
    expect(await read(craftElf({ segments: [loaded], sections }))).toBe('read');
  });

  test('2^32 − 1 program headers by PN_XNUM', async () => {
    const sections = [{ name: '.x', data: text }];
    const file = craftElf({ segments: [loaded], sections, raw: { e_phnum: 0xffff } });
    // Section 0 carries the number in sh_info.
    const view = new DataView(file.buffer);
    view.setUint32(Number(view.getBigUint64(40, true)) + 44, 0xffffffff, true);
    expect(await read(file)).toBe('read');
    const { elf } = (await openImage(file)).formats;
    expect(elf!.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^program headers: 4294967295/),
    ]);
  });

  test('65535 program headers that are there', async () => {
    const one = craftElf({ segments: [loaded], raw: { e_phnum: 0xffff } });
    const headers = new Uint8Array(0xffff * elf64ProgramHeader.size);
    for (let at = 0; at < headers.length; at += elf64ProgramHeader.size)
      headers.set(one.subarray(64, 120), at);
    expect(await read(concat(one.subarray(0, 64), headers))).toBe('read');
  });

  test.each([
    ['in a small file', 0],
    ['that are there', 65535 * 40],
  ])('65535 PE sections %s', async (_, size) => {
    const file = concat(craftPe(), new Uint8Array(size));
    file.set(le(0xffff, 2), 0x80 + 4 + 2);
    expect(await read(file)).toBe('read');
  });

  test('65535 PE sections, all with names from the string table', async () => {
    const name = concat(ascii('/4'), new Uint8Array(38));
    const file = concat(craftPe(), ...Array.from({ length: 65535 }, () => name), ascii('x'.repeat(1000)));
    file.set(le(0xffff, 2), 0x80 + 4 + 2);
    file.set(le(0x400, 4), 0x80 + 4 + 8);
    expect(await read(file)).toBe('read');
  });

  test('a Multiboot2 tag of size 0', async () => {
    const header = craftMultiboot2([{ type: 4, data: le(0, 4) }]);
    header.set(le(0, 4), 16 + 4);
    expect(await read(concat(header, new Uint8Array(64)))).toBe('read');
    const { multiboot2 } = (await openImage(header)).formats;
    expect(multiboot2!.problems.map(({ message }) => message)).toEqual([
      'Multiboot2 tag 4 at 0x10 has a size of 0 bytes',
    ]);
  });

  test('a Multiboot2 header of 2^32 − 8 bytes', async () => {
    const header = craftMultiboot2();
    header.set(le(0xfffffff8, 4), 8);
    header.set(le(-(0xe85250d6 + 0xfffffff8), 4), 12);
    expect(await read(concat(header, new Uint8Array(64)))).toBe('read');
  });

  test('a bzImage whose sizes all reach beyond 4 GiB', async () => {
    const header = {
      syssize: 0xffffffff,
      payload_offset: 0xffffffff,
      payload_length: 0xffffffff,
      init_size: 0xffffffff,
      handover_offset: 0xffffffff,
      kernel_info_offset: 0xffffffff,
      kernel_version: 0xffff,
      jump: 0xffeb,
    };
    expect(await read(craftBzImage({ payload: text, header }))).toBe('read');
  });

  test('an arm64 Image of 2^64 − 1 bytes', async () => {
    const ones = 2n ** 64n - 1n;
    expect(
      await read(craftArm64Image({ image_size: ones, text_offset: ones, flags: ones, res5: 0xffffffff })),
    ).toBe('read');
  });
});

describe('structures that overlap or lead back', () => {
  test('a thousand segments at the same place', async () => {
    expect(await read(craftElf({ segments: Array.from({ length: 1000 }, () => loaded) }))).toBe('read');
  });

  test('program headers, section headers and notes that are the ELF header', async () => {
    const raw = { e_phoff: 0, e_shoff: 0, e_shnum: 1, e_shstrndx: 0 };
    expect(await read(craftElf({ segments: [{ ...noteSegment, raw: { p_offset: 0 } }], raw }))).toBe('read');
    expect(
      await read(craftElf({ segments: [noteSegment], raw: { ...raw, e_phoff: 8, e_shoff: 8, e_shnum: 0 } })),
    ).toBe('read');
  });

  test('PE headers that are the DOS header', async () => {
    const file = craftPe();
    file.set(le(0, 4), 0x3c);
    expect(await read(file)).toBe('refused');
    file.set(ascii('PE\0\0'), 4);
    file.set(le(4, 4), 0x3c);
    expect(await read(file)).toBe('refused');
  });

  test('a unified kernel image that is its own kernel', async () => {
    const file = craftPe({
      sections: [
        {
          name: '.linux',
          data: text,
          raw: { pointerToRawData: 0, sizeOfRawData: 0x2000, virtualSize: 0x2000 },
        },
      ],
    });
    expect(await read(file)).toBe('read');
    expect(problemOf(await openImage(file))).toMatch(/nested more than 4 deep/);
  });

  test('a zboot image that is its own payload', async () => {
    const file = craftEfiZboot(text);
    file.set(le(0, 4), 8);
    file.set(le(file.length, 4), 12);
    expect(await read(file)).toBe('read');
  });

  test('a bzImage whose payload is the file itself', async () => {
    expect(
      await read(
        craftBzImage({ payload: text, header: { payload_offset: 0xfffff600, payload_length: 0x1000 } }),
      ),
    ).toBe('read');
  });

  test('gzip in gzip in gzip …', async () => {
    let file: Uint8Array = craftElf({ segments: [loaded] });
    for (let depth = 0; depth < 50; depth++) file = gzipSync(file);
    expect(await read(file)).toBe('refused');
    await expect(openImage(file)).rejects.toThrow(/nested more than 4 deep/);
  });
});

/** The problem of the innermost layer. */
function problemOf(image: Image): string | undefined {
  return layers(image).at(-1)!.inner?.problem;
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** 100 GiB of zeros: a frame header, then blocks of one repeated byte, 128 KiB each (RFC 8878, 3.1.1). */
function zstdBomb(size: number): Uint8Array {
  const BLOCK = 0x20000;
  const count = size / BLOCK;
  // Window of 128 KiB, no content size.
  const file = new Uint8Array(6 + count * 4);
  file.set([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  for (let i = 0; i < count; i++) {
    file.set(le((BLOCK << 3) | (1 << 1) | (i === count - 1 ? 1 : 0), 3), 6 + i * 4);
  }
  return file;
}

/** Zeros by many gzip members. */
function gzipBomb(size: number): Uint8Array {
  const member = gzipSync(new Uint8Array(16 * MIB), { level: 9 });
  return concat(...Array.from({ length: size / (16 * MIB) }, () => member));
}

/** Zeros by one LZMA2 chunk of 2 MiB that resets everything, many times (xz file format 1.1.0, 5.3.1). */
function xzBomb(size: number): Uint8Array {
  const header = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x00, 0xff, 0x12, 0xd9, 0x41];
  const block = [0x02, 0x00, 0x21, 0x01, 0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3];
  const chunk = new Uint8Array(Buffer.from(XZ_CHUNK, 'base64'));
  const count = size / (2 * MIB);
  // A zero ends the block.
  const file = new Uint8Array(24 + count * chunk.length + 1);
  file.set([...header, ...block]);
  for (let i = 0; i < count; i++) file.set(chunk, 24 + i * chunk.length);
  return file;
}

/** Zeros, a little less than 2 MiB, from `xz --check=none`. */
const XZ_CHUNK =
  '//8RAWxdAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGxCy4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1IrdM0eWyBC+d1TPfgpZAk7gMsqbN+1O/DEvS5fqg8+S2ZCkBMO/xCT+HF4WfgLzf+VKEYPqfx83vuaMC5WwI+F84OBwGXEJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1IrdM0eWyBC+d1TPfgpZAk7gMsqbN+1O/DEvEgn5lg=';

describe('payloads that unpack to far more than they should', () => {
  const maxUnpacked = 16 * MIB;

  test.each([
    ['zstd', 100 * GIB, zstdBomb],
    ['xz', 100 * GIB, xzBomb],
    ['gzip', 4 * GIB, gzipBomb],
  ])('%s', async (codec, size, make) => {
    const payload = make(size);
    const { inner } = await openImage(craftBzImage({ payload }), { maxUnpacked });
    expect(inner).toMatchObject({
      codec,
      problem: expect.stringMatching(/more than the limit of 16777216 bytes/),
    });
  });

  test('the limit counts for all layers together', async () => {
    const inner = gzipSync(concat(craftElf({ segments: [loaded] }), new Uint8Array(9 * MIB)), { level: 0 });
    const file = gzipSync(inner, { level: 0 });
    await expect(openImage(file, { maxUnpacked })).rejects.toThrow(/more than the limit/);
  });

  test('a stated size of 4 GiB allocates nothing', async () => {
    const payload = concat(gzipSync(craftElf({ segments: [loaded] })).subarray(0, -4), le(0xffffffff, 4));
    const before = process.memoryUsage().arrayBuffers;
    await openImage(craftBzImage({ payload }));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
  });
});

test.each([
  ['no bytes', 0],
  ['one byte', 1],
  ['a sector of zeros', 512],
])('a file of %s is refused with a reason', async (_, size) => {
  await expect(openImage(new Uint8Array(size))).rejects.toThrow(ImageError);
});

test.each(['M', '\x7f', '\x1f'])('a file of the one byte %j is refused with a reason', async (byte) => {
  await expect(openImage(ascii(byte))).rejects.toThrow(/no known kernel format/);
});

describe('what the command line cannot read', () => {
  let directory: string;
  const files: Record<string, Uint8Array> = {
    empty: new Uint8Array(0),
    'one-byte': ascii('M'),
    text: ascii('hello\n'),
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'zeropage-'));
    mkdirSync(join(directory, 'directory'));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes);
    writeFileSync(join(directory, 'unreadable'), text);
    chmodSync(join(directory, 'unreadable'), 0);
    symlinkSync('loop', join(directory, 'loop'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  async function exitCode(...args: string[]): Promise<{ code: number; stderr: string }> {
    let stderr = '';
    const spies = [
      vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
        stderr += chunk;
        return true;
      }),
      vi.spyOn(process.stdout, 'write').mockImplementation(() => true),
    ];
    try {
      return { code: await run(args), stderr };
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  }

  test.each([
    ['directory', /directory/],
    ['loop', /symbolic links/],
    ['missing', /no such file/],
    ['empty', /empty/],
    ['one-byte', /no known kernel format/],
    ['text', /no known kernel format/],
  ])('%s: exit code 2 and a reason', async (name, reason) => {
    for (const command of ['inspect', 'symbols']) {
      const { code, stderr } = await exitCode(command, join(directory, name));
      expect(stderr).toMatch(reason);
      expect(stderr).toContain(name);
      expect(stderr).not.toContain('internal error');
      expect(code).toBe(2);
    }
  });

  // Root reads everything.
  test.skipIf(process.getuid?.() === 0)('no permission: exit code 2 and a reason', async () => {
    const { code, stderr } = await exitCode('inspect', join(directory, 'unreadable'));
    expect(stderr).toMatch(/permission denied/);
    expect(code).toBe(2);
  });
});
