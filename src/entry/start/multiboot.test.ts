import { describe, expect, test } from 'vitest';
import { craftElf } from '../../../test/craft/elf.js';
import { craftMultiboot } from '../../../test/craft/multiboot.js';
import { concat, type Overrides } from '../../../test/craft/write.js';
import { openImage } from '../../image/open.js';
import { Machine } from '../../machine/machine.js';
import { multiboot } from '../multiboot.js';
import { startMultiboot } from './multiboot.js';
import type { BootInput } from './start.js';

/**
 * What docs/entries/multiboot.md demands beyond that which test/boot/multiboot-loaders.test.ts compares with other loaders.
 */

const FLAGS = { fields: 0x10000, video: 4 };
const addresses = {
  header_addr: 0x100000,
  load_addr: 0x100000,
  load_end_addr: 0x100200,
  bss_end_addr: 0x101000,
  entry_addr: 0x100030,
};
const kernel = (flags = 0, values: Overrides = {}): Uint8Array =>
  concat(craftMultiboot(FLAGS.fields | flags, { ...addresses, ...values }), new Uint8Array(0x400).fill(0x90));

async function start(data: Uint8Array, input: Partial<BootInput> = {}) {
  const image = await openImage(data);
  const machine = new Machine({ memory: 64 });
  // What was in memory before must not show through.
  machine.memory.ram(0x100000, 0x10000).fill(0xff);
  const claim = multiboot.claim(image, 'image');
  const places = startMultiboot(machine, image, claim, { commandLine: 'kernel a=b', ...input });
  const { guestView } = machine.memory;
  return {
    machine,
    places,
    info: Number(machine.cpu.gpr[3]),
    u16: (at: number): number => guestView.getUint16(at, true),
    u32: (at: number): number => guestView.getUint32(at, true),
  };
}

test('there is no GDT that could be used, and the rest of the processor is as it was', async () => {
  const { gdtr, cr4, efer, codeBits, cpl, flags, rip } = (await start(kernel())).machine.cpu;
  expect({
    gdtr: { base: gdtr.base, limit: gdtr.limit },
    cr4,
    efer,
    codeBits,
    cpl,
    flags,
    rip,
  }).toMatchObject({
    gdtr: { base: 0n, limit: 0 },
    cr4: 0,
    efer: 0,
    codeBits: 32,
    cpl: 0,
    flags: 2,
    rip: 0x100030n,
  });
});

test('only what is there is said to be there', async () => {
  const { info, u32 } = await start(kernel());
  // Memory, command line, modules, memory map, loader's name.
  expect(u32(info)).toBe(0x24d);
  expect([u32(info + 20), u32(info + 24)]).toEqual([0, 0]);
  for (const at of [12, 28, 36, 52, 56, 60, 68, 72, 88]) expect(u32(info + at)).toBe(0);
});

test('as behind a BIOS: where low memory ends stands in its data area', async () => {
  const { u16, u32, info, machine } = await start(kernel());
  expect([u16(0x400), u16(0x40e), u16(0x413)]).toEqual([0x3f8, 0x9fc0, u32(info + 4)]);
  expect(machine.memory.ram(0x9fc00, 1)[0]).toBe(1);
});

test('a module lies behind the kernel, bss included', async () => {
  const { info, u32 } = await start(kernel(), { initrd: new Uint8Array(10) });
  const module = u32(info + 24);
  expect([u32(module), u32(module + 4), u32(module + 12)]).toEqual([0x101000, 0x10100a, 0]);
});

test('one that finds no room there goes below', async () => {
  const high = {
    header_addr: 0x3fff000,
    load_addr: 0x3fff000,
    load_end_addr: 0,
    bss_end_addr: 0x4000000,
    entry_addr: 0x3fff030,
  };
  const { info, u32 } = await start(kernel(0, high), { initrd: new Uint8Array(10) });
  expect(u32(u32(info + 24))).toBe(0x100000);
});

test('address fields come before those of an ELF file', async () => {
  const elf = craftElf({
    class: 32,
    entry: 0x200000,
    segments: [{ vaddr: 0x200000, data: new Uint8Array(0x100) }],
  });
  // Into the padding behind the headers of the file, which is loaded as it stands.
  const file = concat(elf, new Uint8Array((4 - (elf.length % 4)) % 4), kernel());
  const at = file.length - kernel().length;
  const fields = { header_addr: 0x100000 + at, load_end_addr: 0, bss_end_addr: 0, entry_addr: 0x100000 + at };
  file.set(craftMultiboot(FLAGS.fields, { ...addresses, ...fields }), at);
  const { machine, info, u32 } = await start(file);
  expect(machine.cpu.rip).toBe(BigInt(fields.entry_addr));
  expect([...machine.memory.ram(0x100000, 4)]).toEqual([0x7f, 0x45, 0x4c, 0x46]);
  expect(u32(info) & 0x20).toBe(0);
});

describe('refused', () => {
  test.each<[string, Uint8Array, Partial<BootInput>, RegExp]>([
    ['a video mode', kernel(FLAGS.video), {}, /video mode \(flags bit 2\).*no display/],
    ['a subarch', kernel(), { subarch: 1 }, /no hardware_subarch/],
    [
      'a place without RAM',
      kernel(0, { header_addr: 0xa0000, load_addr: 0xa0000, load_end_addr: 0, bss_end_addr: 0 }),
      {},
      /0xa0000.*no RAM/,
    ],
    ['an initrd that is too large', kernel(), { initrd: new Uint8Array(64 << 20) }, /no room for the module/],
  ])('%s', async (_, data, input, message) => {
    await expect(start(data, input)).rejects.toThrow(message);
  });
});
