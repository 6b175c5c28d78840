import { StartError } from '../../core/errors.js';
import type { Elf } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';
import type { Layout } from './layout.js';

/** Loads all PT_LOAD segments at their physical addresses, the rest of each up to its memory size zeroed. */
export function loadElf(layout: Layout, image: Image, elf: Elf): void {
  const segments = elf.segments.filter(({ typeName, memSize }) => typeName === 'PT_LOAD' && memSize > 0n);
  if (segments.length === 0) throw new StartError('the ELF file has no segment to load');
  for (const { index, paddr, memSize, offset, fileSize } of segments) {
    const memory = layout.take(`kernel, segment ${index}`, Number(paddr), Number(memSize));
    const file = image.bytes.slice(offset, Math.min(fileSize, memory.length));
    memory.set(file);
    memory.fill(0, file.length);
  }
}
