import type { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import type { Arm64Image } from '../container/arm64-image.js';
import type { Elf } from '../container/elf.js';
import type { Pe } from '../container/pe.js';
import { type Image, layers } from '../image.js';
import { AddressSpace } from './address-space.js';
import { readKallsyms } from './kallsyms.js';
import { locateKallsyms } from './kallsyms-layout.js';
import { inferRawBase } from './raw-base.js';
import type { SymbolTable } from './symbol-table.js';
import { readSymtab } from './symtab.js';

export interface SymbolsResult {
  readonly table?: SymbolTable;
  /** Why there is no table, in a sentence. */
  readonly problem?: string;
}

/**
 * The symbols of a kernel, from its image alone: the ELF symbol table where there is one, else kallsyms.
 * Of an image that wraps others the innermost is read. Never throws for what an image contains.
 */
export function readSymbols(image: Image): SymbolsResult {
  const layer = layers(image).at(-1)!;
  if (layer.inner) {
    return { problem: `the ${layer.inner.how} is not unpacked: ${layer.inner.problem ?? 'not asked for'}` };
  }
  const { elf, arm64, pe } = layer.formats;
  if (elf) return readElf(layer.bytes, elf);
  if (arm64) return readRaw(layer.bytes, arm64);
  if (pe) return readPe(layer.bytes, pe);
  return { problem: 'neither ELF, arm64 Image nor PE: nothing says where its bytes are linked' };
}

const bigEndian = { problem: 'symbols of big-endian kernels are not read' };

function readElf(bytes: Bytes, elf: Elf): SymbolsResult {
  if (!elf.littleEndian) return bigEndian;
  const space = AddressSpace.ofElf(bytes, elf);
  const symtab = readSymtab(bytes, elf, space);
  if (symtab) return { table: symtab };
  const { layout, problem } = locateKallsyms(bytes.data, space.word);
  if (!layout) return { problem };
  const blob = layout.relativeBase;
  const base = !blob ? 0n : space.word === 8 ? bytes.u64(blob.offset) : BigInt(bytes.u32(blob.offset));
  if (blob && !space.rangeOf(base)) {
    return { problem: `kallsyms_relative_base is ${hex(base)}, which no segment holds` };
  }
  return readKallsyms(bytes, layout, space, base);
}

function readRaw(bytes: Bytes, arm64: Arm64Image): SymbolsResult {
  if (arm64.bigEndian) return bigEndian;
  const { layout, problem } = locateKallsyms(bytes.data, 8);
  if (!layout) return { problem };
  const found = inferRawBase(bytes, arm64, layout);
  if (!found) return { problem: 'kallsyms found, but nothing in the image tells where it was linked' };
  const space = AddressSpace.ofRaw(bytes, found.base, arm64.imageSize);
  return readKallsyms(bytes, layout, space, found.relativeBase);
}

/** Xen's own EFI image. */
function readPe(bytes: Bytes, pe: Pe): SymbolsResult {
  const space = AddressSpace.ofPe(bytes, pe);
  const { layout, problem } = locateKallsyms(bytes.data, space.word);
  return layout ? readKallsyms(bytes, layout, space, pe.imageBase) : { problem };
}
