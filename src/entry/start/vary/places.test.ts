import { expect, test } from 'vitest';
import { craftBzImage } from '../../../../test/craft/bzimage.js';
import { type CraftElf, craftElf } from '../../../../test/craft/elf.js';
import { craftMultiboot2 } from '../../../../test/craft/multiboot.js';
import { concat, le } from '../../../../test/craft/write.js';
import { GPR } from '../../../abi/x86/registers.js';
import { openImage } from '../../../image/open.js';
import { Machine } from '../../../machine/machine.js';
import type { EntryDefinition } from '../../entry.js';
import { linux64 } from '../../linux64.js';
import { multiboot2 } from '../../multiboot2.js';
import { pvh } from '../../pvh.js';
import { chosen } from './choices.js';
import { Variant } from './variant.js';

/** What is loaded and handed over lies elsewhere, where the ABI and the image have it so, and is found there. */

const MEBIBYTE = 0x100000;
const initrd = new Uint8Array(5000).fill(7);

async function started(definition: EntryDefinition, file: Uint8Array, ids: readonly string[], seed = 1) {
  const image = await openImage(file, { unpack: false });
  const machine = new Machine({ memory: 64 });
  const variant = new Variant(seed, chosen(definition.freedom, ids));
  const start = await definition.start!();
  const input = { commandLine: 'a=b', initrd, variant };
  const places = start(machine, image, definition.claim(image, 'image'), input);
  const at = (name: string): number => places.find((place) => place.name.startsWith(name))?.start ?? -1;
  const { guestView, ram } = machine.memory;
  const u32 = (address: number): number => guestView.getUint32(address, true);
  return { machine, at, u32, ram: ram.bind(machine.memory), rip: Number(machine.cpu.rip), cpu: machine.cpu };
}

test('linux64: kernel, zero page, command line and initrd', async () => {
  const code = Uint8Array.from({ length: 0x400 }, (_, i) => i & 0xff);
  const header = { init_size: 0x400000, kernel_alignment: 0x200000, pref_address: 0x1000000n };
  const { at, u32, ram, rip, cpu } = await started(linux64, craftBzImage({ code, header }), [
    'places',
    'fields',
  ]);
  expect(at('kernel')).toBeGreaterThan(16 * MEBIBYTE);
  expect(at('kernel') % 0x200000).toBe(0);
  expect(rip).toBe(at('kernel') + 0x200);
  expect(ram(at('kernel'), code.length)).toEqual(code);
  const zeroPage = Number(cpu.gpr[GPR.RSI]);
  expect([zeroPage, u32(zeroPage + 0x214)]).toEqual([at('zero page'), at('kernel')]);
  expect(zeroPage).not.toBe(0x10000);
  expect(u32(zeroPage + 0x228)).toBe(at('command line'));
  // boot.rst, cmd_line_ptr
  expect(at('command line')).toBeLessThan(0xa0000);
  expect(ram(u32(zeroPage + 0x218), initrd.length)).toEqual(initrd);
  expect(ram(zeroPage + 0x210, 1)[0]).not.toBe(0xff);
  expect(u32(zeroPage + 0x70)).toBe(0);
  // One element: no next one, SETUP_NONE, no data.
  expect(u32(zeroPage + 0x250)).toBe(at('setup_data'));
  expect([...ram(at('setup_data'), 16)]).toEqual(Array(16).fill(0));
});

test('linux64: a kernel that is not relocatable stays', async () => {
  const header = { init_size: 0x400000, relocatable_kernel: 0 };
  const file = craftBzImage({ code: new Uint8Array(0x400), header });
  expect((await started(linux64, file, ['places'])).at('kernel')).toBe(0x1000000);
});

const elf = (notes: CraftElf['notes'] = []): Uint8Array =>
  craftElf({
    class: 32,
    entry: 0x1000010,
    segments: [{ vaddr: 0x1000000, data: new Uint8Array(0x100).fill(0x90), memSize: 0x3000 }],
    notes: [{ owner: 'Xen', type: 18, desc: 0x1000010 }, ...notes],
  });

test('pvh: the kernel moves within the limits of its note, and not without one', async () => {
  const limits = concat(le(0x200000, 4), le(0x1800000, 4), le(0x2ffffff, 4));
  const file = elf([{ owner: 'Xen', type: 19, desc: limits }]);
  for (const seed of [1, 2, 3]) {
    const { at, rip, u32, cpu } = await started(pvh, file, ['places'], seed);
    const kernel = at('kernel');
    expect(kernel % 0x200000).toBe(0);
    expect(kernel).toBeGreaterThanOrEqual(0x1800000);
    expect(kernel + 0x3000).toBeLessThanOrEqual(0x3000000);
    expect([rip, u32(kernel)]).toEqual([kernel + 0x10, 0x90909090]);
    const info = Number(cpu.gpr[GPR.RBX]);
    expect([info, u32(info), u32(info + 24)]).toEqual([at('hvm_start_info'), 0x336ec578, at('command line')]);
    // The first module.
    expect(u32(u32(info + 16))).toBe(at('initrd'));
  }
  expect((await started(pvh, elf(), ['places'])).at('kernel')).toBe(0x1000000);
});

test('multiboot2: the kernel moves within the limits of its tag where that prefers no end of them', async () => {
  const moved = (preference: number) =>
    concat(le(0x1000000, 4), le(0x2000000, 4), le(0x1000, 4), le(preference, 4));
  const file = (preference: number): Uint8Array => {
    const tags = [
      { type: 2, data: concat(le(0x1000000, 4), le(0x1000000, 4), le(0, 4), le(0, 4)) },
      { type: 3, data: le(0x1000000, 4) },
      { type: 10, data: moved(preference) },
    ];
    return concat(craftMultiboot2(tags), new Uint8Array(0x400));
  };
  const { at, rip } = await started(multiboot2, file(0), ['places']);
  expect(at('kernel')).toBeGreaterThan(0x1000000);
  expect([rip, at('kernel') % 0x1000]).toEqual([at('kernel'), 0]);
  expect((await started(multiboot2, file(1), ['places'])).at('kernel')).toBe(0x1000000);
  const names = (await started(multiboot2, file(0), ['no-loader-name'])).at('tag 2, boot loader name');
  expect(names).toBe(-1);
});
