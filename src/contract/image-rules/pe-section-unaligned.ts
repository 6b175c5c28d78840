import { hex } from '../../core/errors.js';
import { ukiSections } from '../../image/container/uki.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { placeText, sizeInMemory } from './pe-extents.js';
import { sectionHeaderOffset } from './section-header.js';

/**
 * Microsoft PE Format, "Section Table": VirtualAddress is a multiple of SectionAlignment. Linkers place what is only read, and what
 * is discarded, as they like (Xen's own image does), so only sections that somebody added by hand are looked at.
 */
export const peSectionUnaligned: ImageRule = {
  id: 'pe-section-unaligned',
  order: 5,
  severity: 'note',
  title: 'A section of a unified kernel image is not aligned as the header promises',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { pe, uki } = layer.formats;
      for (const [index, section] of (uki && pe?.sections.entries()) ?? []) {
        const { sectionAlignment } = pe!;
        if (!(section.name in ukiSections) || sizeInMemory(section) === 0) continue;
        if (section.virtualAddress % (sectionAlignment || 1) === 0) continue;
        yield {
          message: `PE section ${placeText(section)} is loaded at no multiple of SectionAlignment ${hex(sectionAlignment)}: UEFI firmware loads it all the same, other readers of PE files refuse the image.`,
          offset: sectionHeaderOffset(layer.bytes, pe!, index),
          layer: name,
        };
      }
    }
  },
};
