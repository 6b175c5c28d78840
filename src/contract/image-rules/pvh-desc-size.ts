import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { xenNotes, xenNoteType } from './xen-notes.js';

/** Xen public/elfnote.h shows a .long; Linux writes a pointer, so 8 bytes on x86-64. */
export const pvhDescSize: ImageRule = {
  id: 'pvh-desc-size',
  order: 4,
  severity: 'error',
  entries: ['pvh'],
  title: 'The PVH entry note has neither 4 nor 8 bytes',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      for (const note of elf ? xenNotes(elf, xenNoteType.PHYS32_ENTRY) : []) {
        const size = note.desc.length;
        if (size === 4 || size === 8) continue;
        const effect =
          size < 4
            ? 'linux-loader (Firecracker, Cloud Hypervisor) refuses it ("Invalid PVH note header"), QEMU reads on into what follows'
            : 'Xen reads such a number as 0 and enters there, others take its first 4 bytes';
        yield {
          message: `The PHYS32_ENTRY note holds ${size} bytes instead of 4 or 8: ${effect}.`,
          offset: note.offset + 4,
          layer: name,
        };
      }
    }
  },
};
