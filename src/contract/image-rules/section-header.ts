import { coffHeader, sectionHeader } from '../../abi/pe.js';
import type { Bytes } from '../../core/bytes.js';
import type { Pe } from '../../image/container/pe.js';

/** File offset of a section's header: the table follows the optional header. */
export function sectionHeaderOffset(bytes: Bytes, pe: Pe, index: number): number {
  const coff = coffHeader.read(bytes, pe.offset + 4);
  return pe.offset + 4 + coffHeader.size + coff.sizeOfOptionalHeader + index * sectionHeader.size;
}
