import { StartError } from '../../core/errors.js';
import type { Elf, ElfSegment } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';
import type { Layout } from './layout.js';

/**
 * Loads all PT_LOAD segments `moved` bytes from their physical addresses, the rest of each up to its memory size zeroed.
 */
export function loadElf(layout: Layout, image: Image, elf: Elf, moved = 0): void {
  for (const { index, paddr, memSize, offset, fileSize } of loadedSegments(elf)) {
    const memory = layout.take(`kernel, segment ${index}`, Number(paddr) + moved, Number(memSize));
    const file = image.bytes.slice(offset, Math.min(fileSize, memory.length));
    memory.set(file);
    memory.fill(0, file.length);
  }
}

/** The segments that are loaded, at least one. */
export function loadedSegments(elf: Elf): ElfSegment[] {
  const segments = elf.segments.filter(({ typeName, memSize }) => typeName === 'PT_LOAD' && memSize > 0n);
  if (segments.length === 0) throw new StartError('the ELF file has no segment to load');
  return segments;
}

/** Where the segments that are loaded were linked to lie, from the first byte to the last. */
export function extentOf(elf: Elf): { start: number; size: number } {
  const segments = loadedSegments(elf);
  const start = Math.min(...segments.map(({ paddr }) => Number(paddr)));
  const end = Math.max(...segments.map(({ paddr, memSize }) => Number(paddr + memSize)));
  return { start, size: end - start };
}
