import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { xenNotes } from './xen-notes.js';

/** gABI, "Note Section": namesz counts the terminating NUL. */
export const noteNameWithoutNul: ImageRule = {
  id: 'note-name-without-nul',
  order: 4,
  severity: 'warning',
  title: 'The name of a Xen note does not count its NUL',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      const notes = elf ? xenNotes(elf).filter(({ nameBytes }) => nameBytes.length !== 4) : [];
      if (notes.length === 0) continue;
      yield {
        message: `${notes.length === 1 ? 'A Xen note has' : `${notes.length} Xen notes have`} namesz ${notes[0]!.nameBytes.length} instead of 4 for "Xen" and its NUL: linux-loader (Firecracker, Cloud Hypervisor) compares the length and finds no PVH entry, while QEMU and GRUB 2 take it.`,
        offset: notes[0]!.offset,
        layer: name,
      };
    }
  },
};
