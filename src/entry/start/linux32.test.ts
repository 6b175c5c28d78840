import { describe, expect, test } from 'vitest';
import { type CraftBzImage, craftBzImage } from '../../../test/craft/bzimage.js';
import { craftElf } from '../../../test/craft/elf.js';
import { openImage } from '../../image/open.js';
import { Machine } from '../../machine/machine.js';
import { linux32 } from '../linux32.js';
import { startLinux32 } from './linux32.js';
import type { BootInput } from './start.js';

/** The state docs/entries/linux32.md demands, read out of the machine; the zero page is that of linux64.test.ts. */

const code = new Uint8Array(0x1000).fill(0x90);
const bzImage = (options: CraftBzImage = {}): Uint8Array =>
  craftBzImage({ code, ...options, header: { init_size: 0x800000, ...options.header } });
const old = (version: number): Uint8Array => craftBzImage({ code, version });

const vmlinux = craftElf({
  class: 32,
  entry: 0x1000040,
  segments: [{ vaddr: 0xc1000000, paddr: 0x1000000, data: code.subarray(0, 0x100), align: 0x200000 }],
  notes: [{ owner: 'Linux', type: 0x101, desc: 'x' }],
});

async function start(data: Uint8Array, input: Partial<BootInput> = {}, memory = 64) {
  const image = await openImage(data, { unpack: false });
  const machine = new Machine({ memory });
  // What was in memory and registers before must not show through.
  machine.memory.ram(0x1000, 0x9e000).fill(0xff);
  machine.cpu.gpr.fill(0x1234n);
  const claim = linux32.claim(image, 'image');
  const places = startLinux32(machine, image, claim, { commandLine: 'console=ttyS0', ...input });
  const { guestView } = machine.memory;
  const zeroPage = Number(machine.cpu.gpr[6]);
  const u32 = (at: number): number => guestView.getUint32(zeroPage + at, true);
  return { machine, cpu: machine.cpu, places, zeroPage, u32 };
}

describe('processor', () => {
  test('32-bit protected mode, paging and interrupts off', async () => {
    const { cr0, cr4, efer, cpl, codeBits, flags, gpr } = (await start(bzImage())).cpu;
    expect({ cr0, cr4, efer, cpl, codeBits, flags }).toEqual({
      cr0: 0x11,
      cr4: 0,
      efer: 0,
      cpl: 0,
      codeBits: 32,
      flags: 2,
    });
    // EBX, EBP, EDI.
    expect([gpr[3], gpr[5], gpr[7]]).toEqual([0n, 0n, 0n]);
  });

  test('__BOOT_CS and __BOOT_DS, loaded and in the GDT', async () => {
    const { cpu, machine } = await start(bzImage());
    const { cs, ds, es, ss } = cpu.segment;
    expect(cs.value).toEqual({ selector: 0x10, base: 0n, limit: 0xffffffff, access: 0xc09b });
    for (const register of [ds, es, ss]) {
      expect(register.value).toEqual({ selector: 0x18, base: 0n, limit: 0xffffffff, access: 0xc093 });
    }
    const gdt = Number(cpu.gdtr.base);
    expect(cpu.gdtr.limit).toBe(0x1f);
    expect(machine.memory.guestView.getBigUint64(gdt + 0x10, true)).toBe(0x00cf9b000000ffffn);
    expect(machine.memory.guestView.getBigUint64(gdt + 0x18, true)).toBe(0x00cf93000000ffffn);
  });
});

describe('bzImage', () => {
  test('is entered where it was loaded, which code32_start says', async () => {
    const { cpu, machine, u32 } = await start(bzImage());
    expect([cpu.rip, u32(0x214)]).toEqual([0x1000000n, 0x1000000]);
    expect([...machine.memory.ram(0x1000000, 0x10)]).toEqual([...code.subarray(0, 0x10)]);
  });

  test('a 64-bit entry is not needed', async () => {
    expect((await start(bzImage({ xloadflags: [] }))).cpu.rip).toBe(0x1000000n);
  });

  test('before 2.10 there is no preferred address: code32_start, or the next aligned place', async () => {
    expect((await start(old(0x0204))).cpu.rip).toBe(0x100000n);
    expect((await start(old(0x0209))).cpu.rip).toBe(0x200000n);
  });

  test('before 2.06 a command line has 255 bytes', async () => {
    expect((await start(old(0x0205), { commandLine: 'x'.repeat(255) })).u32(0x228)).toBeGreaterThan(0);
    await expect(start(old(0x0205), { commandLine: 'x'.repeat(256) })).rejects.toThrow(
      /256 bytes, and this kernel takes 255/,
    );
  });

  test('before 2.03 an initrd ends at 0x37ffffff at most', async () => {
    const { u32 } = await start(old(0x0202), { initrd: new Uint8Array(5000) }, 1024);
    expect(u32(0x218) + 5000).toBeLessThanOrEqual(0x38000000);
    expect(u32(0x218)).toBeGreaterThan(0x37000000);
  });
});

test('an ELF kernel is entered at its physical entry, with what stands in for a header', async () => {
  const { cpu, u32, machine } = await start(vmlinux);
  expect(cpu.rip).toBe(0x1000040n);
  expect([u32(0x202), u32(0x230), u32(0x210) & 0xff]).toEqual([0x53726448, 0x200000, 0xff]);
  expect([...machine.memory.ram(0x1000000, 4)]).toEqual([0x90, 0x90, 0x90, 0x90]);
});
