import { describe, expect, test } from 'vitest';
import { chooseWay } from '../../src/boot/choose.js';
import type { BootOptions } from '../../src/boot/options.js';
import { type Prepared, prepare } from '../../src/boot/prepare.js';
import { indexOfBytes } from '../../src/core/bytes.js';
import { openImage } from '../../src/image/open.js';
import { guestImage } from '../../src/stub/guest/image.js';
import { craftElf } from '../craft/elf.js';

async function prepared(file: Uint8Array, options: BootOptions): Promise<Prepared> {
  const image = await openImage(file, { name: 'kernel' });
  const way = chooseWay(image, options.entry);
  if ('verdict' in way) throw new Error(way.reason);
  return prepare(image, way, { memory: 32, ...options }, {});
}

const PVH_ENTRY = 0x1000000;

/** A kernel with a PVH entry; `machine` and `bits` of its file, and `os` as Xen's GUEST_OS. */
function kernel(
  os: string,
  { bits = 32, machine = 3 }: { bits?: 32 | 64; machine?: number } = {},
): Uint8Array {
  return craftElf({
    class: bits,
    machine,
    entry: PVH_ENTRY,
    segments: [{ vaddr: PVH_ENTRY, data: Uint8Array.of(0xf4), memSize: 0x1000 }],
    notes: [
      { owner: 'Xen', type: 6, desc: os },
      { owner: 'Xen', type: 18, desc: PVH_ENTRY },
    ],
  });
}

describe('what is no Linux kernel gets its own arguments alone', () => {
  const others: readonly [BootOptions, string][] = [
    [{ entry: 'xen-pv' }, ''],
    [{ entry: 'pvh' }, ''],
    [{ entry: 'pvh', platform: 'kvm' }, ''],
    [{ entry: 'pvh', platform: 'xen-pvh' }, ''],
    [{ entry: 'pvh', chipset: 'reduced' }, ''],
    [{ entry: 'multiboot' }, 'kernel '],
    [{ entry: 'multiboot2' }, 'kernel '],
  ];
  const { file } = guestImage('elf', ['xen-pv', 'pvh', 'multiboot', 'multiboot2']);
  test.each(others)('%j', async (options, before) => {
    expect((await prepared(file, options)).commandLine).toBe(before.trim());
    const { commandLine } = await prepared(file, { ...options, append: 'a=b c' });
    expect(commandLine).toBe(`${before}a=b c`);
  });
});

describe('Linux gets a console', () => {
  test.each([
    ['bare', 'console=ttyS0 earlyprintk=ttyS0 panic=-1 a=b'],
    ['xen-pvh', 'console=hvc0 earlyprintk=xen panic=-1 tsc_early_khz=1000000 a=b'],
  ] as const)('%s', async (platform, wanted) => {
    const { commandLine } = await prepared(kernel('linux'), { entry: 'pvh', platform, append: 'a=b' });
    expect(commandLine).toBe(wanted);
  });
});

/** The class of the ELF file that the guest finds as /init; 0: none. */
function initClass({ machine, places }: Prepared): number {
  const { start, size } = places.find(({ name }) => name === 'initrd') ?? { start: 0, size: 0 };
  const initrd = machine.memory.ram(start, size);
  const at = indexOfBytes(initrd, [0x7f, 0x45, 0x4c, 0x46]);
  return at < 0 ? 0 : initrd[at + 4]!;
}

describe('init is a program for the kernel’s machine, whatever file the kernel stands in', () => {
  const EM_X86_64 = 62;
  const wide = { machine: EM_X86_64 };
  test.each([
    ['386, ELF32', kernel('linux'), 1],
    ['x86-64, ELF64', kernel('linux', { ...wide, bits: 64 }), 2],
    ['x86-64, ELF32', kernel('linux', { ...wide, bits: 32 }), 2],
    ['no Linux: none', kernel('other'), 0],
  ])('%s', async (_, file, wanted) => {
    expect(initClass(await prepared(file, { entry: 'pvh' }))).toBe(wanted);
  });
});
