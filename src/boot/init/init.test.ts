import { describe, expect, test } from 'vitest';
import { Bytes } from '../../core/bytes.js';
import { parseElf } from '../../image/container/elf.js';
import { cpio } from './cpio.js';
import { initramfs } from './initramfs.js';
import { initProgram, userspaceMarker } from './program.js';

describe.each([32, 64] as const)('%i-bit init', (bits) => {
  const program = initProgram(bits);
  const elf = parseElf(new Bytes(program));

  test('is a static executable of one segment that holds all of it, and wants no executable stack', () => {
    expect(elf).toMatchObject({ class: bits, machine: bits === 64 ? 62 : 3, problems: [] });
    expect(elf!.segments.map(({ typeName }) => typeName)).toEqual(['PT_LOAD', 'PT_GNU_STACK']);
    expect(elf!.segments[1]!.flags & 1).toBe(0);
    expect(elf!.segments[0]).toMatchObject({ offset: 0, fileSize: program.length, vaddr: 0x400000n });
  });

  test('loads the address of its message', () => {
    const text = Buffer.from(program).indexOf(`${userspaceMarker}\n`);
    const address = Buffer.alloc(4);
    address.writeUInt32LE(0x400000 + text);
    expect(Buffer.from(program).includes(address)).toBe(true);
  });
});

/** Reads a newc archive as the kernel does. */
function read(archive: Uint8Array): { name: string; mode: number; data: Uint8Array }[] {
  const files = [];
  for (let at = 0; at < archive.length; ) {
    const header = Buffer.from(archive.subarray(at, at + 110)).toString();
    expect(header).toMatch(/^070701[0-9a-f]{104}$/);
    const field = (i: number): number => Number.parseInt(header.slice(6 + i * 8, 14 + i * 8), 16);
    const name = Buffer.from(archive.subarray(at + 110, at + 110 + field(11) - 1)).toString();
    const start = (at + 110 + field(11) + 3) & ~3;
    files.push({ name, mode: field(1), data: archive.subarray(start, start + field(6)) });
    at = (start + field(6) + 3) & ~3;
  }
  return files;
}

test('an archive has every file and its trailer', () => {
  const data = Uint8Array.of(1, 2, 3);
  const files = read(
    cpio([
      { name: 'a', mode: 0o100644, data },
      { name: 'long name', mode: 0o040755 },
    ]),
  );
  expect(files.map(({ name, mode }) => [name, mode])).toEqual([
    ['a', 0o100644],
    ['long name', 0o040755],
    ['TRAILER!!!', 0],
  ]);
  expect(files[0]!.data).toEqual(data);
});

test('the initramfs has a console and an init', () => {
  const files = read(initramfs(64));
  expect(files.map(({ name }) => name)).toEqual(['dev', 'dev/console', 'init', 'TRAILER!!!']);
  expect(files[2]!.data).toEqual(initProgram(64));
});
