import {
  elf32Header,
  elf32SectionHeader,
  elf64Header,
  elf64SectionHeader,
  sectionType,
} from '../../abi/elf.js';
import type { Elf } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';
import type { Layout } from './layout.js';

/** The section headers of a kernel as a Multiboot loader hands them over. */
export interface ElfSections {
  readonly num: number;
  /** Bytes of each. */
  readonly entsize: number;
  /** Index of the section with the names. */
  readonly shndx: number;
  readonly headers: Uint8Array;
}

/**
 * Loads the sections that are no part of the running kernel (symbols, names, debugging information) and states in their headers
 * where (Multiboot Specification 0.6.96, 3.3, `syms`). Undefined where there are no sections.
 */
export function putElfSections(layout: Layout, layer: Image, elf: Elf): ElfSections | undefined {
  const num = elf.sections.length;
  if (num === 0) return undefined;
  const wide = elf.class === 64;
  const header = wide ? elf64Header : elf32Header;
  const section = wide ? elf64SectionHeader : elf32SectionHeader;
  const { e_shentsize: entsize, e_shstrndx: shndx } = header.read(layer.bytes);
  if (!layer.bytes.has(elf.sectionHeaders, num * entsize)) return undefined;
  const headers = layer.bytes.slice(elf.sectionHeaders, num * entsize).slice();
  const view = new DataView(headers.buffer);
  for (const { index, name, type, addr, offset, size } of elf.sections) {
    const { SHT_NULL, SHT_NOBITS } = sectionType;
    if (addr !== 0n || size === 0 || type === SHT_NULL || type === SHT_NOBITS) continue;
    if (!layer.bytes.has(offset, size)) continue;
    const at = layout.low(`section ${name}`, layer.bytes.slice(offset, size), undefined, ABOVE_LOW_MEMORY);
    section.write(view, index * entsize, { sh_addr: wide ? BigInt(at) : at } as object);
  }
  return { num, entsize, shndx, headers };
}

/** Symbols can be large, and low memory is scarce. */
const ABOVE_LOW_MEMORY = 0x100000;
