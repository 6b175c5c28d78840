import { misplacedHeader } from '../../entry/multiboot-misplaced.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

/** Multiboot Specification 0.6.96, 3.1; Multiboot2 Specification 2.0, 3.1: where the header stands. */
export const multibootHeaderMisplaced: ImageRule = {
  id: 'multiboot-header-misplaced',
  order: 6,
  severity: 'warning',
  title: 'A multiboot header stands where no loader looks',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      // Other files carry kernels and headers as data: xen.efi, boot loaders, disk images.
      const { elf } = layer.formats;
      if (!elf) continue;
      for (const version of [1, 2] as const) {
        const header = misplacedHeader(layer, version);
        const held = elf.segments.some(
          ({ typeName, offset, fileSize }) =>
            typeName === 'PT_LOAD' && header && header.offset >= offset && header.offset < offset + fileSize,
        );
        if (!header || !held) continue;
        const { title, where, moved } = header;
        yield {
          message: `Of ${title} headers, ${where}${moved ? `: ${moved}` : ''}; GRUB 2 says "no multiboot header found"${version === 1 ? ' and QEMU takes the file for something else' : ''}.`,
          offset: header.offset,
          layer: name,
        };
      }
    }
  },
};
