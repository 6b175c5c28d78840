import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { endInMemory, placeText, sizeInMemory } from './pe-extents.js';
import { sectionHeaderOffset } from './section-header.js';

/** Microsoft PE Format, "Section Table": VirtualAddress; sections are in ascending order and adjacent, so none lies in another. */
export const peSectionsOverlap: ImageRule = {
  id: 'pe-sections-overlap',
  order: 5,
  severity: 'error',
  title: 'Two PE sections load to the same memory',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { pe } = layer.formats;
      const sections = (pe?.sections ?? [])
        .map((section, index) => ({ section, index }))
        .filter(({ section }) => sizeInMemory(section) > 0)
        .sort((a, b) => a.section.virtualAddress - b.section.virtualAddress || a.index - b.index);
      let below = sections[0];
      for (const above of sections.slice(1)) {
        const end = endInMemory(below!.section);
        if (above.section.virtualAddress < end) {
          const [first, last] = below!.index < above.index ? [below!, above] : [above, below!];
          yield {
            message: `PE sections ${placeText(below!.section)}, which ends at ${hex(end)}, and ${placeText(above.section)} overlap in memory: firmware loads ${JSON.stringify(last.section.name)} over ${JSON.stringify(first.section.name)} without a word, since it comes later in the section table.`,
            offset: sectionHeaderOffset(layer.bytes, pe!, above.index),
            layer: name,
          };
        }
        if (endInMemory(above.section) > end) below = above;
      }
    }
  },
};
