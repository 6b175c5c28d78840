import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { xenNoteType } from './xen-notes.js';

/** gABI, "Note Section": a type means something only together with its owner. */
export const foreignNoteType18: ImageRule = {
  id: 'foreign-note-type-18',
  order: 4,
  severity: 'warning',
  entries: ['pvh'],
  title: 'A note of type 18 with another owner than Xen',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      for (const note of layer.formats.elf?.notes ?? []) {
        if (note.type !== xenNoteType.PHYS32_ENTRY || note.owner === 'Xen' || note.segment === -1) continue;
        yield {
          message: `A note of type 18 belongs to ${JSON.stringify(note.owner)}, not to Xen: QEMU looks at the type alone and takes its descriptor for the PVH entry.`,
          offset: note.offset,
          layer: name,
        };
      }
    }
  },
};
