import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { PT_NOTE } from './segments.js';
import { xenNotes, xenNoteType } from './xen-notes.js';

/** gABI, "Note Section": several PT_NOTE segments are allowed. */
export const severalPtNotes: ImageRule = {
  id: 'several-pt-notes',
  order: 4,
  severity: 'warning',
  title: 'Another PT_NOTE segment hides the Xen notes from some loaders',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      const segments = elf?.segments.filter(({ type }) => type === PT_NOTE) ?? [];
      if (segments.length < 2) continue;
      const pvh = xenNotes(elf!, xenNoteType.PHYS32_ENTRY);
      const notes = pvh.length > 0 ? pvh : xenNotes(elf!);
      if (notes.length === 0) continue;
      const holds = (index: number): boolean => notes.some((note) => note.segment === index);
      const [first, last] = [segments[0]!, segments.at(-1)!];
      if (pvh.length > 0 && !holds(last.index)) {
        yield {
          message: `The last of ${segments.length} PT_NOTE segments holds no PHYS32_ENTRY note: linux-loader (Firecracker, Cloud Hypervisor) keeps what it found in the last one and reports that the kernel has no PVH entry.`,
          offset: last.headerOffset,
          layer: name,
        };
      } else if (!holds(first.index)) {
        yield {
          message: `The first of ${segments.length} PT_NOTE segments holds no Xen ${pvh.length > 0 ? 'PHYS32_ENTRY ' : ''}note: a loader that stops at the first one does not find it.`,
          offset: first.headerOffset,
          layer: name,
          severity: 'note',
        };
      }
    }
  },
};
