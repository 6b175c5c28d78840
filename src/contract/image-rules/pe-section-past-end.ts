import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { sectionHeaderOffset } from './section-header.js';

/** Microsoft PE Format, "Section Table": PointerToRawData and SizeOfRawData. */
export const peSectionPastEnd: ImageRule = {
  id: 'pe-section-past-end',
  order: 5,
  severity: 'error',
  title: 'A PE section takes its bytes from beyond the end of the file',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { pe } = layer.formats;
      for (const [index, section] of pe?.sections.entries() ?? []) {
        const end = section.offset + section.size;
        if (section.size === 0 || end <= layer.bytes.length) continue;
        yield {
          message: `PE section ${JSON.stringify(section.name)} takes file bytes up to ${hex(end)}, but the file ends at ${hex(layer.bytes.length)}: UEFI firmware and shim refuse to load it (EFI_UNSUPPORTED).`,
          offset: sectionHeaderOffset(layer.bytes, pe!, index),
          layer: name,
        };
      }
    }
  },
};
