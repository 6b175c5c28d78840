import type { BzImage } from '../../image/container/bzimage.js';
import type { Image } from '../../image/image.js';
import { field } from '../setup-facts.js';

/** type_of_loader of a loader that was assigned no number (boot.rst). */
export const LOADER = 0xff;
/** Bytes of command line that a kernel takes whose header does not say (boot.rst, cmdline_size). */
export const OLD_COMMAND_LINE = 255;
/** What a header says that is too old to do so: the highest byte of an initrd (boot.rst, initrd_addr_max). */
const OLD_INITRD_MAX = 0x37ffffff;

/** One past the highest address the initrd may occupy. */
export function initrdEnd(kernel: BzImage): number {
  return (field(kernel, 'initrd_addr_max') || OLD_INITRD_MAX) + 1;
}

/** The protected-mode code, which lies behind the setup code in the file. */
export function protectedModeCode({ bytes }: Image, { setupSize }: BzImage): Uint8Array {
  return bytes.slice(setupSize, bytes.length - setupSize);
}
