import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { sectionHeaderOffset } from './section-header.js';

const NX_COMPAT = 0x0100;
const MEM_DISCARDABLE = 0x02000000;
const MEM_EXECUTE = 0x20000000;
const MEM_WRITE = 0x80000000;

/** Microsoft PE Format, "DLL Characteristics": IMAGE_DLLCHARACTERISTICS_NX_COMPAT. */
export const nxCompatWritableCode: ImageRule = {
  id: 'nx-compat-writable-code',
  order: 5,
  severity: 'warning',
  title: 'The image claims NX_COMPAT, but has a section that is writable and executable',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { pe } = layer.formats;
      if (!pe || !(pe.dllCharacteristics & NX_COMPAT)) continue;
      for (const [index, section] of pe.sections.entries()) {
        const flags = section.characteristics;
        if (!(flags & MEM_WRITE) || !(flags & MEM_EXECUTE) || flags & MEM_DISCARDABLE) continue;
        yield {
          message: `PE section ${JSON.stringify(section.name)} is writable and executable although the image claims NX_COMPAT: shim with its NX policy on refuses it ("Section ${index} is writable and executable"), firmware that enforces NX takes one of the two rights away.`,
          offset: sectionHeaderOffset(layer.bytes, pe, index),
          layer: name,
        };
      }
    }
  },
};
