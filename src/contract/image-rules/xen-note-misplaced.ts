import { hex } from '../../core/errors.js';
import { misplacedXenNotes } from '../../image/xen/misplaced-notes.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

/** gABI, "Note Section": loaders find notes by PT_NOTE program headers; Xen's libelf by SHT_NOTE sections too. */
export const xenNoteMisplaced: ImageRule = {
  id: 'xen-note-misplaced',
  order: 4,
  severity: 'warning',
  title: 'A Xen note stands where loaders do not look',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      if (!elf) continue;
      const notes = misplacedXenNotes(elf, layer.bytes, layer.inner);
      const first = notes.find((note) => note.name === 'PHYS32_ENTRY') ?? notes[0];
      if (!first) continue;
      const others = notes.length > 1 ? ` and ${notes.length - 1} more` : '';
      const pvh = first.name === 'PHYS32_ENTRY';
      const blind = pvh
        ? 'QEMU ("Error loading uncompressed kernel without PVH ELF Note"), Firecracker, cloud-hypervisor and crosvm find no PVH entry'
        : 'loaders that go by PT_NOTE do not find it';
      const xen = first.seenByXen ? 'Xen does, by the section header' : 'neither do Xen and GRUB 2';
      yield {
        message: `The Xen note ${first.name} (${first.text})${others} stands at ${hex(first.offset)} ${first.where}: ${blind}; ${xen}.`,
        offset: first.offset,
        layer: name,
      };
    }
  },
};
