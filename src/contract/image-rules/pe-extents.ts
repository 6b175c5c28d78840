import { hex } from '../../core/errors.js';
import type { PeSection } from '../../image/container/pe.js';

/** Bytes of memory that firmware fills for a section: VirtualSize, or where that is 0 what the file has (edk2 BasePeCoff.c). */
export function sizeInMemory({ virtualSize, size }: PeSection): number {
  return virtualSize || size;
}

/** RVA one past a section's memory. */
export function endInMemory(section: PeSection): number {
  return section.virtualAddress + sizeInMemory(section);
}

/** ".linux (0x10000)". */
export function placeText({ name, virtualAddress }: PeSection): string {
  return `${JSON.stringify(name)} (${hex(virtualAddress)})`;
}
