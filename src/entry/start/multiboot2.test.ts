import { describe, expect, test } from 'vitest';
import { type CraftMultiboot2Tag, craftMultiboot2 } from '../../../test/craft/multiboot.js';
import { concat, le } from '../../../test/craft/write.js';
import { StartError } from '../../core/errors.js';
import { openImage } from '../../image/open.js';
import { Machine } from '../../machine/machine.js';
import { multiboot2 } from '../multiboot2.js';
import { startMultiboot2 } from './multiboot2.js';
import type { BootInput } from './start.js';

/**
 * What docs/entries/multiboot2.md demands beyond that which test/boot/multiboot-loaders.test.ts compares with GRUB.
 */

const START = 0x200000;
const none = new Uint8Array(0);
const words = (...values: number[]): Uint8Array => concat(...values.map((value) => le(value, 4)));
const tag = (type: number, data: Uint8Array = none, optional = false): CraftMultiboot2Tag => ({
  type,
  data,
  optional,
});
const relocatable = (
  min: number,
  max: number,
  align: number,
  preference: number,
  optional = false,
): CraftMultiboot2Tag => tag(10, words(min, max, align, preference), optional);

const kernel = (...tags: CraftMultiboot2Tag[]): Uint8Array => {
  const address = tag(2, words(START, START, 0, START + 0x1000));
  return concat(
    craftMultiboot2([address, tag(3, words(START + 0x10)), ...tags]),
    new Uint8Array(0x400).fill(0x90),
  );
};

async function start(data: Uint8Array, input: Partial<BootInput> = {}) {
  const image = await openImage(data);
  const machine = new Machine({ memory: 64 });
  const claim = multiboot2.claim(image, 'image');
  const places = startMultiboot2(machine, image, claim, { commandLine: 'kernel a=b', ...input });
  const info = Number(machine.cpu.gpr[3]);
  const u32 = (at: number): number => machine.memory.guestView.getUint32(at, true);
  const tags = new Map<number, number>();
  for (let at = info + 8; at < info + u32(info); at += Math.ceil(u32(at + 4) / 8) * 8) tags.set(u32(at), at);
  return { machine, places, info, u32, tags };
}

describe('information', () => {
  test('8-byte aligned, from a command line to an end of 8 bytes that is within', async () => {
    const { info, u32, tags } = await start(kernel());
    expect([info % 8, u32(info + 4)]).toEqual([0, 0]);
    expect([...tags.keys()]).toEqual([1, 2, 4, 6, 14, 15, 0]);
    expect([...tags.values()].every((at) => at % 8 === 0)).toBe(true);
    expect([tags.get(0)! + 8, u32(tags.get(0)! + 4)]).toEqual([info + u32(info), 8]);
  });

  test('both RSDPs are copies', async () => {
    const { machine, u32, tags } = await start(kernel());
    const { rsdp } = machine.chipset.acpi;
    for (const [type, size] of [
      [14, 20],
      [15, 36],
    ] as const) {
      const at = tags.get(type)!;
      expect(u32(at + 4)).toBe(8 + size);
      expect(machine.memory.ram(at + 8, size)).toEqual(machine.memory.ram(rsdp, size));
    }
  });

  test('every tag can be shown', async () => {
    const { places, tags } = await start(kernel(), { initrd: new Uint8Array(10) });
    for (const [type, at] of tags) {
      expect(places.find(({ start: place }) => place === at)?.name).toMatch(new RegExp(`^tag ${type}, `));
    }
    const sorted = [...places].sort((a, b) => a.start - b.start);
    for (const [i, { start: at, size }] of sorted.slice(0, -1).entries()) {
      expect(at + size).toBeLessThanOrEqual(sorted[i + 1]!.start);
    }
  });
});

describe('an image that can be moved', () => {
  test.each<[string, CraftMultiboot2Tag, number]>([
    ['no preference: where it was linked', relocatable(0x100000, 0x4000000, 0x1000, 0), START],
    ['no preference, linked elsewhere: lowest', relocatable(0x300000, 0x4000000, 0x1000, 0), 0x300000],
    ['lowest', relocatable(0x100001, 0x4000000, 0x1000, 1), 0x101000],
    ['highest', relocatable(0x100000, 0x3000000, 0x1000, 2), 0x2fff000],
    ['highest, of all memory', relocatable(0, 0xffffffff, 0x200000, 2), 0x3e00000],
    ['no alignment', relocatable(0x300001, 0x4000000, 0, 1), 0x300001],
    ['optional, and no room', relocatable(0x5000000, 0x6000000, 0x1000, 1, true), START],
  ])('%s', async (_, moved, base) => {
    const { machine, u32, tags } = await start(kernel(moved));
    expect(machine.cpu.rip).toBe(BigInt(base + 0x10));
    expect(u32(tags.get(21)! + 8)).toBe(base);
    expect(u32(base)).toBe(0xe85250d6);
  });

  test('no room', async () => {
    const starting = start(kernel(relocatable(0x5000000, 0x6000000, 0x1000, 1)));
    await expect(starting).rejects.toThrow(StartError);
    await expect(starting).rejects.toThrow(/tag 10, relocatable: .*0x5000000–0x6000000/);
  });
});

describe('requests', () => {
  test.each<[string, CraftMultiboot2Tag]>([
    ['information that is known and not there', tag(1, words(5, 7, 8, 10, 13, 16))],
    ['unknown information, optional', tag(1, words(99), true)],
    ['a console that need not be', tag(4, words(2))],
    ['a required console, optional', tag(4, words(1), true)],
    ['a frame buffer, optional', tag(5, words(1024, 768, 32), true)],
    ['aligned modules', tag(6)],
    ['EFI boot services, which there are none of', tag(7)],
    ['an entry for EFI', tag(9, words(START))],
  ])('met or waived: %s', async (_, request) => {
    expect((await start(kernel(request))).machine.cpu.rip).toBe(BigInt(START + 0x10));
  });

  test.each<[string, CraftMultiboot2Tag, RegExp]>([
    ['a console', tag(4, words(3)), /tag 4, console flags: .*console on a display/],
    ['a frame buffer', tag(5, words(0, 0, 0)), /tag 5, framebuffer: .*no display/],
  ])('refused: %s', async (_, request, message) => {
    const starting = start(kernel(request));
    await expect(starting).rejects.toThrow(StartError);
    await expect(starting).rejects.toThrow(message);
  });

  test('refused: a subarch', async () => {
    await expect(start(kernel(), { subarch: 1 })).rejects.toThrow(/no hardware_subarch/);
  });
});
