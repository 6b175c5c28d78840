import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

const XLOADFLAGS_OFFSET = 0x236;
/** First version with the header long enough to reach xloadflags (kernel_alignment, 2.05). */
const FIRST = 0x0205;
/** Version that introduced xloadflags. */
const INTRODUCED = 0x020c;

/** boot.rst, "xloadflags": protocol 2.12+. */
export const xloadflagsBefore212: ImageRule = {
  id: 'xloadflags-before-2-12',
  order: 2,
  severity: 'warning',
  title: 'xloadflags are set in a header older than 2.12',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { bzimage } = layer.formats;
      if (!bzimage || bzimage.version < FIRST || bzimage.version >= INTRODUCED) continue;
      // Behind the header stands code.
      if (!layer.bytes.has(XLOADFLAGS_OFFSET, 2) || bzimage.headerEnd < XLOADFLAGS_OFFSET + 2) continue;
      const flags = layer.bytes.u16(XLOADFLAGS_OFFSET);
      if (flags === 0) continue;
      yield {
        message: `The header is version ${bzimage.version >> 8}.${bzimage.version & 0xff}, where xloadflags do not exist yet, but they hold ${hex(flags)}: loaders that ask for the version first (kexec, QEMU) ignore them and offer no 64-bit entry, others use it.`,
        offset: XLOADFLAGS_OFFSET,
        layer: name,
      };
    }
  },
};
