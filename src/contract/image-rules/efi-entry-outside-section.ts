import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

const EFI_APPLICATION = 10;
const MEM_EXECUTE = 0x20000000;

/** Microsoft PE Format, "Optional Header": AddressOfEntryPoint. */
export const efiEntryOutsideSection: ImageRule = {
  id: 'efi-entry-outside-section',
  order: 5,
  severity: 'error',
  title: 'The EFI entry lies outside every executable section',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { pe } = layer.formats;
      if (!pe || pe.subsystem !== EFI_APPLICATION || pe.sections.length === 0) continue;
      const sections = pe.sections.filter(
        ({ virtualAddress, virtualSize, size }) =>
          pe.entry >= virtualAddress && pe.entry < virtualAddress + Math.max(virtualSize, size),
      );
      const at = { offset: pe.entryFieldOffset, layer: name };
      if (sections.length === 0) {
        yield {
          message: `The PE entry point ${hex(pe.entry)} lies in no section: shim refuses the image ("Entry point is not within sections"), firmware that protects image memory faults on the first instruction.`,
          ...at,
        };
      } else if (sections.length > 1) {
        yield {
          message: `The PE entry point ${hex(pe.entry)} lies in ${sections.length} sections (${sections.map((section) => JSON.stringify(section.name)).join(', ')}): shim refuses the image ("${sections.length} sections contain entry point").`,
          ...at,
        };
      } else if (!(sections[0]!.characteristics & MEM_EXECUTE)) {
        yield {
          message: `The PE entry point ${hex(pe.entry)} lies in section ${JSON.stringify(sections[0]!.name)}, which is not executable: firmware that protects image memory by section faults on the first instruction.`,
          ...at,
          severity: 'warning',
        };
      }
    }
  },
};
