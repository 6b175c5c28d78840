import { BOOT_FLAG, SETUP_MAGIC, setupHeader } from '../../abi/setup-header.js';
import { StartError } from '../../core/errors.js';
import type { BzImage } from '../../image/container/bzimage.js';
import type { Elf } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';
import type { Claim } from '../entry.js';
import { field } from '../setup-facts.js';
import { initrdEnd, protectedModeCode } from './boot-protocol.js';
import { type Layout, REACH } from './layout.js';
import { loadElf } from './load-elf.js';
import type { ZeroPageSource } from './zero-page.js';

/** Selectors of the 32-bit and the 64-bit boot protocol. */
export const BOOT_CS = 0x10;
export const BOOT_DS = 0x18;

/** A Linux kernel in RAM. */
export interface LoadedLinux {
  /** Where it is entered. */
  readonly entry: number;
  readonly source: ZeroPageSource;
}

/**
 * Loads a kernel for an entry that takes a zero page. A bzImage is entered `entryOffset` bytes behind where it was loaded, an
 * ELF file where the claim says.
 */
export function loadLinux(layout: Layout, layer: Image, claim: Claim, entryOffset: number): LoadedLinux {
  const { bzimage, elf } = layer.formats;
  if (bzimage) {
    const at = loadBzImage(layout, layer, bzimage);
    return { entry: at + entryOffset, source: sourceOfBzImage(layer, bzimage, at) };
  }
  if (elf && claim.address !== undefined) {
    loadElf(layout, layer, elf);
    return { entry: Number(claim.address), source: sourceOfElf(elf) };
  }
  throw new StartError('there is neither a bzImage nor an ELF kernel to enter');
}

/**
 * Puts the protected-mode kernel where it prefers to be. When that is taken, a relocatable one goes to the next place above:
 * from below it would only move itself up there (boot.rst, init_size).
 */
function loadBzImage(layout: Layout, layer: Image, image: BzImage): number {
  const kernel = protectedModeCode(layer, image);
  const size = Math.max(kernel.length, field(image, 'init_size'));
  const preferred = field(image, 'pref_address') || field(image, 'code32_start');
  const at = field(image, 'relocatable_kernel') ? placeFor(layout, image, size, preferred) : preferred;
  layout.take('kernel', at, size).set(kernel);
  return at;
}

function placeFor(layout: Layout, image: BzImage, size: number, preferred: number): number {
  const alignment = field(image, 'kernel_alignment') || 1;
  const drawn = layout.variant?.random('load-address');
  const elsewhere = drawn && layout.findAny(drawn, size, alignment, preferred, REACH);
  return elsewhere ?? layout.find(size, alignment, preferred) ?? preferred;
}

function sourceOfBzImage(layer: Image, image: BzImage, at: number): ZeroPageSource {
  return {
    header: layer.bytes.slice(setupHeader.fields.setup_sects.offset, image.headerEnd - 0x1f1),
    fields: { code32_start: at },
    version: image.version,
    commandLineMax: field(image, 'cmdline_size') || undefined,
    initrdEnd: initrdEnd(image),
  };
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
