import { MULTIBOOT_MAGIC, MULTIBOOT_SEARCH } from '../../abi/multiboot.js';
import { MULTIBOOT2_MAGIC, MULTIBOOT2_SEARCH } from '../../abi/multiboot2.js';
import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

/** How to find a header of each version: its magic, alignment, where to look, and how many words add up to 0. */
const versions = [
  {
    title: 'Multiboot',
    format: 'multiboot',
    magic: MULTIBOOT_MAGIC,
    align: 4,
    search: MULTIBOOT_SEARCH,
    words: 3,
  },
  {
    title: 'Multiboot2',
    format: 'multiboot2',
    magic: MULTIBOOT2_MAGIC,
    align: 8,
    search: MULTIBOOT2_SEARCH,
    words: 4,
  },
] as const;

/** Multiboot Specification 0.6.96, 3.1.2; Multiboot2 Specification 2.0, 3.1.2: "checksum". */
export const multibootChecksum: ImageRule = {
  id: 'multiboot-checksum',
  order: 6,
  severity: 'warning',
  title: 'A multiboot header has a wrong checksum',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { bytes } = layer;
      for (const { title, format, magic, align, search, words } of versions) {
        if (layer.formats[format]) continue;
        const end = Math.min(search, bytes.length) - words * 4;
        for (let at = 0; at <= end; at += align) {
          if (bytes.view.getUint32(at, true) !== magic) continue;
          let sum = 0;
          for (let word = 0; word < words; word++)
            sum = (sum + bytes.view.getUint32(at + word * 4, true)) >>> 0;
          if (sum === 0) continue;
          yield {
            message: `What looks like a ${title} header at ${hex(at)} adds up to ${hex(sum)} instead of 0: GRUB 2 and QEMU search on and find no ${title} header.`,
            offset: at + (words - 1) * 4,
            layer: name,
          };
        }
      }
    }
  },
};
