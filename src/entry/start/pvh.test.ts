import { beforeAll, describe, expect, test } from 'vitest';
import { craftElf } from '../../../test/craft/elf.js';
import { openImage } from '../../image/open.js';
import { Machine } from '../../machine/machine.js';
import { pvh } from '../pvh.js';
import { startPvh } from './pvh.js';
import type { BootInput } from './start.js';

/** The state docs/entries/pvh.md demands, read out of the machine byte by byte. */

const entry = 0x1000010;
const code = new Uint8Array(0x100).fill(0x90);
const kernel = craftElf({
  class: 32,
  entry,
  segments: [
    { vaddr: 0xc1000000, paddr: 0x1000000, data: code, memSize: 0x3000 },
    { vaddr: 0xc2000000, paddr: 0x2000000, data: Uint8Array.of(1, 2, 3), memSize: 0x2000 },
  ],
  notes: [{ owner: 'Xen', type: 18, desc: entry }],
});

async function start(input: Partial<BootInput> = {}) {
  const image = await openImage(kernel);
  const machine = new Machine({ memory: 64 });
  // What was in memory before must not show through.
  machine.memory.ram(0x100000, 0x3000000).fill(0xff);
  const claim = pvh.claim(image, 'image');
  const places = startPvh(machine, image, claim, { commandLine: 'console=ttyS0 ä', ...input });
  const { guestView } = machine.memory;
  const u32 = (at: number): number => guestView.getUint32(at, true);
  const u64 = (at: number): number => Number(guestView.getBigUint64(at, true));
  return { machine, places, u32, u64, info: Number(machine.cpu.gpr[3]) };
}

type Started = Awaited<ReturnType<typeof start>>;
const initrd = new Uint8Array(5000).fill(7);
let started: Started;
beforeAll(async () => {
  started = await start({ initrd });
});

describe('processor', () => {
  test('32-bit protected mode without paging', () => {
    const { cpu } = started.machine;
    const { cr0, cr4, efer, cpl, codeBits, flags } = cpu;
    // ET is wired to 1.
    expect({ cr0, cr4, efer, cpl, codeBits, flags }).toEqual({
      cr0: 0x11,
      cr4: 0,
      efer: 0,
      cpl: 0,
      codeBits: 32,
      flags: 2,
    });
    expect(cpu.rip).toBe(BigInt(entry));
  });

  test('flat segments', () => {
    const { cpu } = started.machine;
    const { cs, ds, es, ss, tr } = cpu.segment;
    expect(cs.value).toMatchObject({ base: 0n, limit: 0xffffffff, access: 0xc09b });
    for (const register of [ds, es, ss]) {
      expect(register.value).toMatchObject({ base: 0n, limit: 0xffffffff, access: 0xc093 });
    }
    expect(tr.value).toMatchObject({ base: 0n, limit: 0x67, access: 0x8b });
  });
});

describe('hvm_start_info', () => {
  test('version 1, below 1 GiB, alone on its page', () => {
    const { info, u32, machine, places } = started;
    expect([u32(info), u32(info + 4), u32(info + 8), u32(info + 12), u32(info + 52)]).toEqual([
      0x336ec578, 1, 0, 1, 0,
    ]);
    expect(info % 0x1000).toBe(0);
    expect(places.filter(({ start: at }) => at >= info && at < info + 0x1000)).toHaveLength(1);
    expect(machine.memory.isRam(info)).toBe(true);
  });

  test('command line, as UTF-8 with its NUL', () => {
    const { info, u64, machine } = started;
    const text = new TextEncoder().encode('console=ttyS0 ä\0');
    expect(machine.memory.ram(u64(info + 24), text.length)).toEqual(text);
  });

  test('RSDP', () => {
    const { info, u64, machine } = started;
    expect(Buffer.from(machine.memory.ram(u64(info + 32), 8)).toString()).toBe('RSD PTR ');
  });

  test('memory map', () => {
    const { info, u32, u64, machine } = started;
    const at = u64(info + 40);
    const map = Array.from({ length: u32(info + 48) }, (_, i) => at + i * 24).map((one) => {
      expect(u32(one + 20)).toBe(0);
      return { start: u64(one), size: u64(one + 8), type: u32(one + 16) };
    });
    expect(map).toEqual(machine.memoryMap());
  });

  test('the initrd is module 0', () => {
    const { info, u64, machine } = started;
    const module = u64(info + 16);
    expect([u64(module + 8), u64(module + 16), u64(module + 24)]).toEqual([initrd.length, 0, 0]);
    expect(machine.memory.ram(u64(module), initrd.length)).toEqual(initrd);
  });

  test('without an initrd there is no module', async () => {
    const { info, u32, u64 } = await start();
    expect([u32(info + 12), u64(info + 16)]).toEqual([0, 0]);
  });
});

test('there is no field for a subarch', async () => {
  await expect(start({ subarch: 2 })).rejects.toThrow(/no hardware_subarch/);
});

describe('memory', () => {
  test('segments lie at their physical addresses, the rest of each zeroed', () => {
    const { memory } = started.machine;
    expect(memory.ram(0x1000000, 0x100)).toEqual(code);
    expect(memory.ram(0x1000100, 0x2f00).every((byte) => byte === 0)).toBe(true);
    expect(memory.u8[memory.ram(0x1003000, 1).byteOffset]).toBe(0xff);
    expect([...memory.ram(0x2000000, 4)]).toEqual([1, 2, 3, 0]);
  });

  test('nothing lies over anything else, and all of it in RAM', () => {
    const { machine, places } = started;
    const sorted = [...places].sort((a, b) => a.start - b.start);
    for (const [i, { start: at, size }] of sorted.entries()) {
      expect(at + size).toBeLessThanOrEqual(sorted[i + 1]?.start ?? machine.memory.ramSize);
    }
    const ram = machine.memoryMap().filter(({ type }) => type === 1);
    for (const { start: at, size } of places) {
      expect(ram.some((range) => at >= range.start && at + size <= range.start + range.size)).toBe(true);
    }
  });
});
