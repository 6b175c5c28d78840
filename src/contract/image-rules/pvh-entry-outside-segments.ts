import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { loadSegments, place } from './segments.js';
import { pvhEntries } from './xen-notes.js';

/** Xen docs/misc/pvh.pandoc; public/elfnote.h: XEN_ELFNOTE_PHYS32_ENTRY, the physical entry point. */
export const pvhEntryOutsideSegments: ImageRule = {
  id: 'pvh-entry-outside-segments',
  order: 4,
  severity: 'error',
  entries: ['pvh'],
  title: 'The PVH entry lies in no segment',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      for (const { note, address } of elf ? pvhEntries(elf) : []) {
        // A virtual address is a finding of its own: pvh-entry-virtual.
        if (place(elf!, address, 'paddr') !== 'outside' || isVirtual(elf!, address)) continue;
        yield {
          message: `The PHYS32_ENTRY note gives ${hex(address)}, but no PT_LOAD segment loads anything at that physical address: QEMU, Firecracker, Cloud Hypervisor and Xen jump to memory that holds nothing.`,
          offset: note.descOffset,
          layer: name,
        };
      }
    }
  },
};

/** True when the address makes sense only as a virtual one: too wide, or the low half of a segment's addresses. */
export function isVirtual(elf: Parameters<typeof loadSegments>[0], address: bigint): boolean {
  if (address >> 32n) return true;
  if (place(elf, address, 'paddr') !== 'outside') return false;
  const low = (value: bigint): bigint => BigInt.asUintN(32, value);
  return loadSegments(elf).some(
    ({ vaddr, paddr, memSize }) =>
      low(vaddr) !== low(paddr) && address >= low(vaddr) && address - low(vaddr) < memSize,
  );
}
