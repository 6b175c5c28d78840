import { multibootLoadings } from '../../entry/loaders/multiboot.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { pvhEntries } from './xen-notes.js';

/** QEMU hw/i386/x86.c, x86_load_linux(): Multiboot comes before PVH, and what it refuses ends there. */
export const multibootHidesPvh: ImageRule = {
  id: 'multiboot-hides-pvh',
  order: 6,
  severity: 'warning',
  entries: ['pvh'],
  title: 'A multiboot header keeps QEMU from the PVH entry',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf, multiboot } = layer.formats;
      if (!elf || !multiboot || pvhEntries(elf).length === 0) continue;
      const qemu = multibootLoadings(layer).find(({ loader }) => loader === 'QEMU');
      // A header that QEMU does not find hides nothing.
      if (!qemu?.objection || qemu.objection.offset === multiboot.offset) continue;
      yield {
        message: `The kernel has a PVH entry, but QEMU comes upon the Multiboot header first and stops there: ${qemu.objection.why}. Other PVH loaders do not look for one.`,
        offset: multiboot.offset,
        layer: name,
      };
    }
  },
};
