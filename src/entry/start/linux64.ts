import { BOOT_FLAG, SETUP_MAGIC, setupHeader } from '../../abi/setup-header.js';
import { StartError } from '../../core/errors.js';
import type { BzImage } from '../../image/container/bzimage.js';
import type { Elf } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';
import { CR0, CR4, EFER } from '../../machine/cpu/control-registers.js';
import { setFlatSegments } from '../../machine/cpu/segments.js';
import type { Machine } from '../../machine/machine.js';
import { field } from '../setup-facts.js';
import { Layout } from './layout.js';
import { loadElf } from './load-elf.js';
import type { Start } from './start.js';
import { putZeroPage, type ZeroPageSource } from './zero-page.js';

const RSI = 6;
/** Selectors and descriptors of the 64-bit boot protocol: flat, 64-bit code and 32-bit data. */
const BOOT_CS = 0x10;
const BOOT_DS = 0x18;
const GDT = [0n, 0n, 0x00af9b000000ffffn, 0x00cf93000000ffffn];

/**
 * Start of day of the 64-bit Linux entry (docs/entries/linux64.md). A bzImage is entered 0x200 behind where it was loaded, a
 * vmlinux at its ELF entry.
 */
export const startLinux64: Start = (machine, layer, claim, input) => {
  const layout = new Layout(machine);
  const { bzimage, elf } = layer.formats;
  let entry: bigint;
  let source: ZeroPageSource;
  if (bzimage) {
    const at = loadBzImage(layout, layer, bzimage);
    entry = BigInt(at) + 0x200n;
    source = {
      header: layer.bytes.slice(setupHeader.fields.setup_sects.offset, bzimage.headerEnd - 0x1f1),
      fields: { code32_start: at },
      commandLineMax: field(bzimage, 'cmdline_size'),
      initrdEnd: field(bzimage, 'initrd_addr_max') + 1,
    };
  } else if (elf && claim.address !== undefined) {
    loadElf(layout, layer, elf);
    entry = claim.address;
    source = sourceOfElf(elf);
  } else throw new StartError('there is neither a bzImage nor an ELF kernel to enter');

  const zeroPage = putZeroPage(layout, input, source);
  enterLongMode(machine, layout);
  machine.cpu.gpr[RSI] = BigInt(zeroPage);
  machine.cpu.rip = entry;
  return layout.places;
};

/**
 * Puts the protected-mode kernel where it prefers to be. When that is taken, a relocatable one goes to the next place above:
 * from below it would only move itself up there (boot.rst, init_size).
 */
function loadBzImage(layout: Layout, layer: Image, image: BzImage): number {
  const kernel = layer.bytes.slice(image.setupSize, layer.bytes.length - image.setupSize);
  const size = Math.max(kernel.length, field(image, 'init_size'));
  const preferred = field(image, 'pref_address') || field(image, 'code32_start');
  const at = field(image, 'relocatable_kernel')
    ? (layout.find(size, field(image, 'kernel_alignment') || 1, preferred) ?? preferred)
    : preferred;
  layout.take('kernel', at, size).set(kernel);
  return at;
}

/** An ELF file has no setup header: what stands in one for Linux to look at is written here. */
function sourceOfElf(elf: Elf): ZeroPageSource {
  const alignments = elf.segments
    .filter(({ typeName }) => typeName === 'PT_LOAD')
    .map(({ align }) => Number(align));
  return {
    fields: { boot_flag: BOOT_FLAG, header: SETUP_MAGIC, kernel_alignment: Math.max(...alignments) },
    commandLineMax: 2047,
    initrdEnd: 0x80000000,
  };
}

/** 64-bit mode with the first 4 GiB mapped one to one in pages of 2 MiB, and the GDT that the protocol wants. */
function enterLongMode(machine: Machine, layout: Layout): void {
  const { cpu, memory } = machine;
  const view = memory.guestView;
  const tables = layout.low('page tables', 6 * 0x1000);
  // PML4, one PDPT, four page directories.
  view.setBigUint64(tables, BigInt(tables + 0x1000) | 3n, true);
  for (let i = 0; i < 4; i++) {
    view.setBigUint64(tables + 0x1000 + i * 8, BigInt(tables + 0x2000 + i * 0x1000) | 3n, true);
  }
  for (let i = 0; i < 2048; i++) view.setBigUint64(tables + 0x2000 + i * 8, (BigInt(i) << 21n) | 0x83n, true);
  const gdt = layout.low('GDT', GDT.length * 8);
  for (const [i, descriptor] of GDT.entries()) view.setBigUint64(gdt + i * 8, descriptor, true);

  cpu.gdtr.base = BigInt(gdt);
  cpu.gdtr.limit = GDT.length * 8 - 1;
  cpu.setCr4(CR4.PAE);
  cpu.setEfer(EFER.LME);
  cpu.setCr3(BigInt(tables));
  cpu.setCr0(CR0.PE | CR0.PG);
  setFlatSegments(cpu, { bits: 64, code: BOOT_CS, data: BOOT_DS });
  cpu.flags = 2;
}
