import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { loadSegments } from './segments.js';

/** gABI, "Program Header": a segment occupies p_memsz bytes from p_paddr on. */
export const overlappingSegments: ImageRule = {
  id: 'overlapping-segments',
  order: 3,
  severity: 'error',
  title: 'Two segments load to the same physical memory',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      if (!elf) continue;
      const segments = loadSegments(elf).filter(({ memSize }) => memSize > 0n);
      // Files without physical addresses, such as ordinary programs, have nothing to compare.
      if (segments.every(({ paddr }) => paddr === 0n)) continue;
      segments.sort((a, b) => (a.paddr < b.paddr ? -1 : a.paddr > b.paddr ? 1 : a.index - b.index));
      let below = segments[0]!;
      for (const segment of segments.slice(1)) {
        const end = below.paddr + below.memSize;
        if (segment.paddr < end) {
          yield {
            message: `PT_LOAD segment ${segment.index} starts at physical ${hex(segment.paddr)}, inside segment ${below.index}, which ends at ${hex(end)}: QEMU stops with "Some ROM regions are overlapping", other loaders let the later one overwrite the earlier.`,
            offset: segment.headerOffset,
            layer: name,
          };
        }
        if (segment.paddr + segment.memSize > end) below = segment;
      }
    }
  },
};
