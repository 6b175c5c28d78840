import { hex } from '../../core/errors.js';
import { ukiSections } from '../../image/container/uki.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { placeText } from './pe-extents.js';
import { sectionHeaderOffset } from './section-header.js';

/** Microsoft PE Format, "Section Table": VirtualSize is the size when loaded; less than SizeOfRawData only by its padding. */
export const peSectionVirtualSize: ImageRule = {
  id: 'pe-section-virtual-size',
  order: 5,
  severity: 'error',
  title: 'The VirtualSize of a PE section leaves bytes of it out',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { pe, uki } = layer.formats;
      for (const [index, section] of pe?.sections.entries() ?? []) {
        const { virtualSize, size } = section;
        if (size === 0 || (virtualSize > 0 && size - virtualSize < Math.max(pe!.fileAlignment, 1))) continue;
        const carried = uki && section.name in ukiSections;
        const at = { offset: sectionHeaderOffset(layer.bytes, pe!, index), layer: name };
        if (virtualSize === 0) {
          yield {
            message: `PE section ${placeText(section)} has ${size} bytes in the file and VirtualSize 0: edk2 loads them, but ${carried ? 'systemd-stub takes the section as absent' : 'shim refuses the image'}.`,
            ...at,
            ...(carried ? {} : { severity: 'warning' as const }),
          };
        } else {
          yield {
            message: `PE section ${placeText(section)} has ${hex(size)} bytes in the file, of which VirtualSize ${hex(virtualSize)} are loaded: ${carried ? 'systemd-stub passes on the beginning only' : 'the rest is more than padding, and nobody sees it'}.`,
            ...at,
            ...(carried ? {} : { severity: 'warning' as const }),
          };
        }
      }
    }
  },
};
