import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { endInMemory, placeText, sizeInMemory } from './pe-extents.js';
import { sectionHeaderOffset } from './section-header.js';

/** Microsoft PE Format, "Optional Header": SizeOfImage spans the headers and all sections. */
export const peSectionOutsideImage: ImageRule = {
  id: 'pe-section-outside-image',
  order: 5,
  severity: 'error',
  title: 'A PE section ends beyond SizeOfImage',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { pe } = layer.formats;
      for (const [index, section] of pe?.sections.entries() ?? []) {
        const end = endInMemory(section);
        if (sizeInMemory(section) === 0 || end <= pe!.sizeOfImage) continue;
        yield {
          message: `PE section ${placeText(section)} ends at ${hex(end)}, beyond SizeOfImage ${hex(pe!.sizeOfImage)}: UEFI firmware and shim refuse the image (EFI_LOAD_ERROR).`,
          offset: sectionHeaderOffset(layer.bytes, pe!, index),
          layer: name,
        };
      }
    }
  },
};
