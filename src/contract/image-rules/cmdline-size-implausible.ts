import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

const CMDLINE_SIZE_OFFSET = 0x238;
/** What every kernel took before the field existed (boot.rst, "The kernel command line"). */
const LEAST = 255;
/** Far above any COMMAND_LINE_SIZE; Linux/x86 uses 2048. */
const MOST = 0x10000;

/** boot.rst, "cmdline_size": maximum size of the command line without its terminating zero, protocol 2.06+. */
export const cmdlineSizeImplausible: ImageRule = {
  id: 'cmdline-size-implausible',
  order: 2,
  severity: 'warning',
  title: 'cmdline_size is implausible',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const size = layer.formats.bzimage?.header.cmdline_size;
      if (typeof size !== 'number' || (size >= LEAST && size <= MOST)) continue;
      const effect =
        size < LEAST
          ? 'GRUB 2 cuts the command line to that (to 128 bytes at least) and kexec refuses a longer one ("Kernel command line too long")'
          : 'GRUB 2 reserves that much memory for it (0xffffffff overflows to 0), and what the kernel does not read is lost without a word';
      yield {
        message: `cmdline_size is ${hex(size)}, outside ${LEAST} … ${MOST}: ${effect}.`,
        offset: CMDLINE_SIZE_OFFSET,
        layer: name,
      };
    }
  },
};
