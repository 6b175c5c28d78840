import { sectionHeader } from '../../abi/pe.js';
import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { placeText, sizeInMemory } from './pe-extents.js';
import { sectionHeaderOffset } from './section-header.js';

const CNT_UNINITIALIZED_DATA = 0x80;
const MEM_DISCARDABLE = 0x2000000;

/** Microsoft PE Format, "Optional Header": SizeOfHeaders covers DOS header, PE headers and section table. */
export const peSectionInHeaders: ImageRule = {
  id: 'pe-section-in-headers',
  order: 5,
  severity: 'error',
  title: 'PE headers and sections lie over each other',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { pe } = layer.formats;
      if (!pe || pe.sections.length === 0) continue;
      const { sizeOfHeaders, sections } = pe;
      const table = sectionHeaderOffset(layer.bytes, pe, 0);
      const end = table + sections.length * sectionHeader.size;
      if (end > sizeOfHeaders) {
        yield {
          message: `The PE section table ends at ${hex(end)}, beyond SizeOfHeaders ${hex(sizeOfHeaders)}: what was added to it lies over the first section or is not loaded, and UEFI firmware of 2020 and later refuses the image (EFI_UNSUPPORTED).`,
          offset: table,
          layer: name,
        };
      }
      for (const [index, section] of sections.entries()) {
        const { virtualAddress, offset, size, characteristics } = section;
        if (sizeInMemory(section) === 0 || characteristics & CNT_UNINITIALIZED_DATA) continue;
        const inMemory = virtualAddress < sizeOfHeaders;
        const inFile = size > 0 && offset < sizeOfHeaders;
        if (!inMemory && !inFile) continue;
        const where = inMemory
          ? `is loaded at RVA ${hex(virtualAddress)}`
          : `takes its bytes from file offset ${hex(offset)}`;
        const skipped = (characteristics & MEM_DISCARDABLE) !== 0;
        yield {
          message: `PE section ${placeText(section)} ${where}, inside the headers, which end at ${hex(sizeOfHeaders)} (SizeOfHeaders): shim and GRUB 2's loader refuse the image ("Section ${index} is inside image headers"), and so does UEFI firmware (EFI_UNSUPPORTED).`,
          offset: sectionHeaderOffset(layer.bytes, pe, index),
          layer: name,
          ...(skipped ? { severity: 'warning' as const } : {}),
        };
      }
    }
  },
};
