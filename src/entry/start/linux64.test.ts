import { beforeAll, describe, expect, test } from 'vitest';
import { craftBzImage } from '../../../test/craft/bzimage.js';
import { craftElf } from '../../../test/craft/elf.js';
import { StartError } from '../../core/errors.js';
import type { Image } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import { Machine } from '../../machine/machine.js';
import { linux64 } from '../linux64.js';
import { startLinux64 } from './linux64.js';
import type { BootInput } from './start.js';

/** The state docs/entries/linux64.md demands, read out of the machine byte by byte. */

const setupSize = 5 * 512;
const initSize = 0x800000;
const bzImage = (header: Record<string, number | bigint> = {}): Uint8Array =>
  craftBzImage({
    xloadflags: ['XLF_KERNEL_64'],
    code: new Uint8Array(0x1000).fill(0x90),
    header: {
      pref_address: 0x1000000n,
      init_size: initSize,
      kernel_alignment: 0x200000,
      relocatable_kernel: 1,
      initrd_addr_max: 0x7fffffff,
      cmdline_size: 2047,
      hardware_subarch: 9,
      ...header,
    },
  });

const vmlinux = craftElf({
  entry: 0x1000040,
  segments: [{ vaddr: 0x1000000, data: new Uint8Array(0x100).fill(0x90), align: 0x200000 }],
  notes: [{ owner: 'Linux', type: 0x101, desc: 'x' }],
});

async function start(data: Uint8Array, input: Partial<BootInput> = {}, memory = 64) {
  const image: Image = await openImage(data, { unpack: false });
  const machine = new Machine({ memory });
  machine.memory.ram(0x1000, 0x9e000).fill(0xff);
  const places = startLinux64(machine, image, linux64.claim(image, 'image'), {
    commandLine: 'console=ttyS0',
    ...input,
  });
  const { guestView } = machine.memory;
  const zeroPage = Number(machine.cpu.gpr[6]);
  return {
    machine,
    places,
    zeroPage,
    page: machine.memory.ram(zeroPage, 4096),
    u8: (at: number): number => guestView.getUint8(zeroPage + at),
    u16: (at: number): number => guestView.getUint16(zeroPage + at, true),
    u32: (at: number): number => guestView.getUint32(zeroPage + at, true),
    u64: (at: number): bigint => guestView.getBigUint64(zeroPage + at, true),
  };
}

type Started = Awaited<ReturnType<typeof start>>;
const initrd = new Uint8Array(5000).fill(7);
const file = bzImage();
let started: Started;
beforeAll(async () => {
  started = await start(file, { initrd });
});

describe('processor', () => {
  test('64-bit mode', () => {
    const { cr0, cr4, efer, cpl, codeBits, flags, rip } = started.machine.cpu;
    expect({ cr0: cr0 >>> 0, cr4, efer, cpl, codeBits, flags, rip }).toEqual({
      cr0: 0x80000011,
      cr4: 0x20,
      efer: 0x500,
      cpl: 0,
      codeBits: 64,
      flags: 2,
      rip: 0x1000200n,
    });
  });

  test('the first 4 GiB are mapped one to one', () => {
    const { cpu } = started.machine;
    for (const page of [0x10, 0x1000, 0x12345, 0xfffff]) {
      expect(cpu.walker.translate(page, 0, 0, false, false).frame).toBe(page);
    }
  });

  test('__BOOT_CS and __BOOT_DS, loaded and in the GDT', () => {
    const { cpu, memory } = started.machine;
    const { cs, ds, es, ss } = cpu.segment;
    expect(cs.value).toEqual({ selector: 0x10, base: 0n, limit: 0xffffffff, access: 0xa09b });
    for (const register of [ds, es, ss]) {
      expect(register.value).toEqual({ selector: 0x18, base: 0n, limit: 0xffffffff, access: 0xc093 });
    }
    const gdt = Number(cpu.gdtr.base);
    expect(cpu.gdtr.limit).toBeGreaterThanOrEqual(0x1f);
    expect(memory.guestView.getBigUint64(gdt + 0x10, true)).toBe(0x00af9b000000ffffn);
    expect(memory.guestView.getBigUint64(gdt + 0x18, true)).toBe(0x00cf93000000ffffn);
  });
});

describe('zero page', () => {
  test('the setup header is copied up to its end, and nothing else', () => {
    const { page } = started;
    const end = 0x202 + file[0x201]!;
    const written = [
      [0x210, 1],
      [0x214, 4],
      [0x218, 8],
      [0x228, 4],
      [0x23c, 12],
    ] as const;
    for (let at = 0x1f1; at < end; at++) {
      if (written.some(([from, size]) => at >= from && at < from + size)) continue;
      expect([at, page[at]]).toEqual([at, file[at]]);
    }
    const zero = (from: number, to: number): boolean => page.subarray(from, to).every((byte) => byte === 0);
    // Everything around it but the RSDP and the memory map.
    expect([zero(0, 0x70), zero(0x78, 0x1e8), zero(0x1e9, 0x1f1), zero(end, 0x2d0)]).toEqual(
      Array(4).fill(true),
    );
    expect(zero(0x2d0 + 20 * started.u8(0x1e8), 0x1000)).toBe(true);
  });

  test('what the loader writes', () => {
    const { u8, u16, u32, u64, machine } = started;
    const { acpi } = machine.chipset;
    expect(u64(0x70)).toBe(BigInt(acpi.rsdp));
    expect([u8(0x1ef), u16(0x1fe), u32(0x202), u8(0x210)]).toEqual([0, 0xaa55, 0x53726448, 0xff]);
    expect(u32(0x214)).toBe(0x1000000);
    expect([u32(0x23c), u64(0x240), u64(0x250)]).toEqual([0, 0n, 0n]);
    expect(Buffer.from(machine.memory.ram(u32(0x228), 14)).toString()).toBe('console=ttyS0\0');
    expect(u32(0x21c)).toBe(initrd.length);
    expect(machine.memory.ram(u32(0x218), initrd.length)).toEqual(initrd);
  });

  test('memory map', () => {
    const { u8, u32, u64, machine } = started;
    const map = Array.from({ length: u8(0x1e8) }, (_, i) => 0x2d0 + i * 20).map((at) => ({
      start: Number(u64(at)),
      size: Number(u64(at + 8)),
      type: u32(at + 16),
    }));
    expect(map).toEqual(machine.memoryMap());
  });

  test('subarch and its data', async () => {
    const { u32, u64 } = await start(file, { subarch: 2, subarchData: 0x123456789n });
    expect([u32(0x23c), u64(0x240)]).toEqual([2, 0x123456789n]);
  });
});

describe('placement', () => {
  test('the protected-mode kernel lies where it prefers, and init_size stays free', () => {
    const { machine, places } = started;
    expect([...machine.memory.ram(0x1000000, 0x1000)]).toEqual([
      ...file.subarray(setupSize, setupSize + 0x1000),
    ]);
    for (const { name, start: at, size } of places) {
      if (name !== 'kernel') expect(at >= 0x1000000 + initSize || at + size <= 0x1000000).toBe(true);
    }
  });

  test('a preferred address without RAM: the next aligned one that has some', async () => {
    const { machine, u32 } = await start(bzImage({ pref_address: 0x80000n }));
    expect([machine.cpu.rip, u32(0x214)]).toEqual([0x200200n, 0x200000]);
  });

  test('a kernel that is not relocatable stays where it must', async () => {
    await expect(start(bzImage({ pref_address: 0x80000n, relocatable_kernel: 0 }))).rejects.toThrow(
      /kernel belongs at 0x80000–0x880000, where the machine has no RAM/,
    );
  });

  test('the initrd stays below initrd_addr_max', async () => {
    const { u32 } = await start(bzImage({ initrd_addr_max: 0x1ffffff }), { initrd });
    expect(u32(0x218) + initrd.length).toBeLessThanOrEqual(0x2000000);
  });

  test('too little memory is said with a way out', async () => {
    const starting = start(file, {}, 16);
    await expect(starting).rejects.toThrow(StartError);
    await expect(starting).rejects.toMatchObject({ hint: expect.stringMatching(/-m \d+/) });
  });

  test('a command line that is too long for the kernel', async () => {
    await expect(start(file, { commandLine: 'x'.repeat(2048) })).rejects.toThrow(
      /2048 bytes, and this kernel takes 2047/,
    );
  });
});

test('an ELF kernel is entered at e_entry, with what stands in for a header', async () => {
  const { machine, u16, u32, u8 } = await start(vmlinux, { initrd });
  expect(machine.cpu.rip).toBe(0x1000040n);
  expect([u16(0x1fe), u32(0x202), u8(0x210), u32(0x230)]).toEqual([0xaa55, 0x53726448, 0xff, 0x200000]);
  expect([u32(0x21c), u8(0x1e8) > 0]).toEqual([initrd.length, true]);
});
