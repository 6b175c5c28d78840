import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { isVirtual } from './pvh-entry-outside-segments.js';
import { pvhEntries } from './xen-notes.js';

/** Xen public/elfnote.h: XEN_ELFNOTE_PHYS32_ENTRY is entered with paging disabled. */
export const pvhEntryVirtual: ImageRule = {
  id: 'pvh-entry-virtual',
  order: 4,
  severity: 'error',
  entries: ['pvh'],
  title: 'The PVH entry is a virtual address',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      for (const { note, address } of elf ? pvhEntries(elf) : []) {
        if (!isVirtual(elf!, address)) continue;
        yield {
          message: `The PHYS32_ENTRY note holds ${hex(address)}, a virtual address (its link-time base was not subtracted, or a relocation was applied to .notes): loaders enter with paging off and keep 32 bits of it, so QEMU, Firecracker and Xen jump to ${hex(BigInt.asUintN(32, address))}.`,
          offset: note.descOffset,
          layer: name,
        };
      }
    }
  },
};
