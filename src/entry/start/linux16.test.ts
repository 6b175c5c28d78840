import { describe, expect, test } from 'vitest';
import { type CraftBzImage, craftBzImage } from '../../../test/craft/bzimage.js';
import { biosData } from '../../abi/bios-data.js';
import { setupHeader } from '../../abi/setup-header.js';
import { Bytes } from '../../core/bytes.js';
import { openImage } from '../../image/open.js';
import { Machine } from '../../machine/machine.js';
import { linux16 } from '../linux16.js';
import { startLinux16 } from './linux16.js';
import type { BootInput } from './start.js';

/** The state docs/entries/linux16.md demands, read out of the machine. */

const code = new Uint8Array(0x1000).fill(0x90);
const bzImage = (options: CraftBzImage = {}): Uint8Array => craftBzImage({ code, ...options });
const zImage = (version: number): Uint8Array => craftBzImage({ code, version, loadflags: [] });

async function start(data: Uint8Array, input: Partial<BootInput> = {}) {
  const image = await openImage(data, { unpack: false });
  const machine = new Machine({ memory: 64 });
  const claim = linux16.claim(image, 'image');
  const places = startLinux16(machine, image, claim, { commandLine: 'console=ttyS0', ...input });
  const { cpu, memory } = machine;
  const base = Number(cpu.segment.ds.base);
  const header = setupHeader.read(new Bytes(memory.guest, 'guest'), base);
  const text = (at: number): string =>
    Buffer.from(memory.guest.subarray(at, memory.guest.indexOf(0, at))).toString();
  const place = (name: string) => places.find((one) => one.name === name)!;
  return { machine, cpu, base, header, text, place };
}

describe('processor', () => {
  test('real mode, interrupts off, the vectors at 0', async () => {
    const { cr0, cr4, efer, codeBits, flags, idtr } = (await start(bzImage())).cpu;
    expect({ cr0, cr4, efer, codeBits, flags }).toEqual({
      cr0: 0x10,
      cr4: 0,
      efer: 0,
      codeBits: 16,
      flags: 2,
    });
    expect([idtr.base, idtr.limit]).toEqual([0n, 0x3ff]);
  });

  test('segments and stack are those of the boot sector; it is entered behind that', async () => {
    const { cpu } = await start(bzImage());
    const { cs, ds, es, fs, gs, ss } = cpu.segment;
    expect(cs.value).toEqual({ selector: 0x1020, base: 0x10200n, limit: 0xffff, access: 0x9b });
    for (const { value } of [ds, es, fs, gs, ss]) {
      expect(value).toEqual({ selector: 0x1000, base: 0x10000n, limit: 0xffff, access: 0x93 });
    }
    expect([cpu.rip, cpu.gpr[4]]).toEqual([0x10200n, 0xe000n]);
  });
});

describe('memory', () => {
  test('protected-mode code at code32_start, and room where a relocatable kernel unpacks itself', async () => {
    const file = bzImage({ header: { relocatable_kernel: 1, init_size: 0x800000, pref_address: 0x1000000 } });
    const { place, machine } = await start(file, { initrd: new Uint8Array(0x1000) });
    expect(place('kernel').start).toBe(0x100000);
    expect(machine.memory.guest.subarray(0x100000, 0x100004)).toEqual(code.subarray(0, 4));
    expect(place('kernel, unpacked')).toMatchObject({ start: 0x1000000, size: 0x800000 });
  });

  test.each([
    [0x0206, 'a bzImage', bzImage({ version: 0x0206 }), 0x10000, 0xe000n, 0x100000],
    [0x0201, 'a bzImage', bzImage({ version: 0x0201 }), 0x90000, 0x9800n, 0x100000],
    [0x0202, 'a zImage', zImage(0x0202), 0x90000, 0x9800n, 0x10000],
    [0, 'a zImage', zImage(0), 0x90000, 0x9800n, 0x10000],
  ] as const)('of protocol %i, %s', async (_version, _kind, file, base, stack, kernel) => {
    const { cpu, base: segment, place } = await start(file);
    expect([segment, cpu.gpr[4], place('kernel').start]).toEqual([base, stack, kernel]);
  });

  test('behind a BIOS: vectors lead to its code, and its data area says where low memory ends', async () => {
    const { machine } = await start(bzImage());
    const { guest, guestView } = machine.memory;
    const vector = 0x15;
    const [offset, segment] = [
      guestView.getUint16(vector * 4, true),
      guestView.getUint16(vector * 4 + 2, true),
    ];
    const at = segment * 16 + offset;
    expect([...guest.subarray(at, at + 3)]).toEqual([0xe6, 0xef, 0xcf]);
    expect(biosData.read(new Bytes(guest, 'guest'), 0x400).memory).toBe(639);
  });
});

describe('setup header', () => {
  test('what a loader writes', async () => {
    const { header, text, place } = await start(bzImage(), { initrd: new Uint8Array(5000) });
    expect(header).toMatchObject({
      vid_mode: 0xffff,
      type_of_loader: 0xff,
      loadflags: 0x81,
      heap_end_ptr: 0xde00,
      ramdisk_image: place('initrd').start,
      ramdisk_size: 5000,
    });
    expect(text(header.cmd_line_ptr)).toBe('console=ttyS0');
  });

  test('before 2.02 the command line is behind the heap, and 0xa33f says so', async () => {
    const { machine, base, header, text } = await start(zImage(0x0201));
    const { guestView } = machine.memory;
    expect(guestView.getUint16(base + 0x20, true)).toBe(0xa33f);
    expect(text(base + guestView.getUint16(base + 0x22, true))).toBe('console=ttyS0');
    expect(header.setup_move_size).toBe(0x9800 + 'console=ttyS0'.length + 1);
  });

  test('hardware_subarch', async () => {
    const { header } = await start(bzImage(), { subarch: 2, subarchData: 0x1234n });
    expect(header).toMatchObject({ hardware_subarch: 2, hardware_subarch_data: 0x1234n });
  });

  test.each([
    ['vga=ask', 0xfffd],
    ['vga=ext vga=normal', 0xffff],
    ['quiet vga=0x31a', 0x31a],
    ['vga=791', 791],
  ])('%s', async (commandLine, mode) => {
    expect((await start(bzImage(), { commandLine })).header.vid_mode).toBe(mode);
  });
});

describe('refused', () => {
  test.each<[string, Uint8Array, Partial<BootInput>, RegExp]>([
    ['a video mode that is none', bzImage(), { commandLine: 'vga=blue' }, /^.vga=blue. is no video mode$/],
    ['a number too large', bzImage(), { commandLine: 'vga=0x10000' }, /is no video mode/],
    [
      'a long command line',
      bzImage({ header: { cmdline_size: 10 } }),
      {},
      /has 13 bytes, and this kernel takes 10/,
    ],
    ['an initrd before 2.00', zImage(0), { initrd: new Uint8Array(1) }, /older than 2.00 takes no initrd/],
    ['a subarch before 2.07', bzImage({ version: 0x0206 }), { subarch: 1 }, /came with boot protocol 2.07/],
    ['modules', bzImage(), { modules: [{ data: code, string: '' }] }, /the setup header has no modules/],
    ['setup code that leaves no room', bzImage({ setupSects: 120 }), {}, /leaves no room for stack and heap/],
  ])('%s', async (_, file, input, message) => {
    await expect(start(file, input)).rejects.toThrow(message);
  });
});
