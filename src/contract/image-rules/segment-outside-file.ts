import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { PT_LOAD, PT_NOTE } from './segments.js';

/** gABI, "Program Header": p_offset and p_filesz. */
export const segmentOutsideFile: ImageRule = {
  id: 'segment-outside-file',
  order: 3,
  severity: 'error',
  title: 'A segment takes its bytes from beyond the end of the file',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      for (const segment of elf?.segments ?? []) {
        if (segment.type !== PT_LOAD && segment.type !== PT_NOTE) continue;
        const end = segment.offset + segment.fileSize;
        if (segment.fileSize === 0 || end <= layer.bytes.length) continue;
        yield {
          message: `${segment.typeName} segment ${segment.index} takes file bytes up to ${hex(end)}, but the file ends at ${hex(layer.bytes.length)}: QEMU, linux-loader (Firecracker, Cloud Hypervisor) and Xen refuse to load it.`,
          offset: segment.headerOffset,
          layer: name,
        };
      }
    }
  },
};
