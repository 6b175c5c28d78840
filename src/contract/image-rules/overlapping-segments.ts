import { hex } from '../../core/errors.js';
import { loadingText } from '../../entry/loaders/loading.js';
import { multiboot2Loadings, multibootLoadings } from '../../entry/loaders/multiboot.js';
import type { ElfSegment } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';
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
            message: `PT_LOAD segment ${segment.index} starts at physical ${hex(segment.paddr)}, inside segment ${below.index}, which ends at ${hex(end)}: ${consequence(layer, below, segment)}.`,
            offset: segment.headerOffset,
            layer: name,
          };
        }
        if (segment.paddr + segment.memSize > end) below = segment;
      }
    }
  },
};

/** Who makes what of it: through Multiboot, and as an ELF file. */
function consequence(layer: Image, below: ElfSegment, above: ElfSegment): string {
  const multiboot = [...multibootLoadings(layer), ...multiboot2Loadings(layer)];
  if (multiboot.length > 0) return `through Multiboot ${loadingText(multiboot)}`;
  const bytes = below.paddr + BigInt(below.fileSize) > above.paddr && above.fileSize > 0;
  const qemu = bytes
    ? 'QEMU stops with "Some ROM regions are overlapping"'
    : `QEMU leaves out the zeros behind the bytes of segment ${below.index}`;
  return `${qemu}, other loaders let the later one overwrite the earlier`;
}
