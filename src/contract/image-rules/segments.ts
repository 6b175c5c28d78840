import { segmentType } from '../../abi/elf.js';
import type { Elf, ElfSegment } from '../../image/container/elf.js';

export const { PT_LOAD, PT_NOTE } = segmentType;

const loaded = new WeakMap<Elf, readonly ElfSegment[]>();

/** The segments that are loaded. */
export function loadSegments(elf: Elf): readonly ElfSegment[] {
  let segments = loaded.get(elf);
  if (!segments) loaded.set(elf, (segments = elf.segments.filter(({ type }) => type === PT_LOAD)));
  return segments;
}

/** Where an address lies among the loaded segments. */
export type Place = 'file' | 'bss' | 'outside';

/** Looks an address up by physical or virtual address: in bytes the file has, in memory it only reserves, or nowhere. */
export function place(elf: Elf, address: bigint, by: 'paddr' | 'vaddr'): Place {
  let found: Place = 'outside';
  for (const segment of loadSegments(elf)) {
    const at = address - segment[by];
    if (at < 0n) continue;
    if (at < BigInt(segment.fileSize)) return 'file';
    if (at < segment.memSize) found = 'bss';
  }
  return found;
}

/** The better of two places. */
export function best(a: Place, b: Place): Place {
  return a === 'file' || b === 'file' ? 'file' : a === 'bss' || b === 'bss' ? 'bss' : 'outside';
}

/** The physical memory that the loaded segments span, half open; undefined when there are none. */
export function physicalSpan(elf: Elf): { readonly low: bigint; readonly high: bigint } | undefined {
  const segments = loadSegments(elf);
  if (segments.length === 0) return undefined;
  let { paddr: low, paddr: high } = segments[0]!;
  for (const { paddr, memSize } of segments) {
    if (paddr < low) low = paddr;
    if (paddr + memSize > high) high = paddr + memSize;
  }
  return { low, high };
}
