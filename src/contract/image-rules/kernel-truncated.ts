import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

const SYSSIZE_OFFSET = 0x1f4;
/** Before, the field had 16 bits, too few for a bzImage. */
const SINCE = 0x0204;
const PARAGRAPH = 16;

/** boot.rst, "syssize": the size of the protected-mode code in units of 16 bytes. */
export const kernelTruncated: ImageRule = {
  id: 'kernel-truncated',
  order: 1,
  severity: 'error',
  fatal: {
    cause: 'kernel truncated',
    sentence: 'the kernel in the file is truncated',
    advice: 'Copy, download or build the image again: its end is missing.',
  },
  title: 'The file ends before the kernel does',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { bzimage } = layer.formats;
      const syssize = bzimage?.header.syssize;
      if (!bzimage || bzimage.version < SINCE || typeof syssize !== 'number') continue;
      const end = bzimage.setupSize + syssize * PARAGRAPH;
      // The last paragraph may be an incomplete one.
      if (end < layer.bytes.length + PARAGRAPH) continue;
      yield {
        message: `By its syssize the kernel ends at ${hex(end)}, but the file ends at ${hex(layer.bytes.length)}: loaders start what is there, and the decompressor fails ("System halted") or never prints a word.`,
        offset: SYSSIZE_OFFSET,
        layer: name,
      };
    }
  },
};
