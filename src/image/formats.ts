import type { Bytes } from '../core/bytes.js';
import { ImageError } from '../core/errors.js';
import { parseArm64Image } from './container/arm64-image.js';
import { parseBzImage } from './container/bzimage.js';
import { parseEfiZboot } from './container/efi-zboot.js';
import { parseElf } from './container/elf.js';
import { parseMultiboot } from './container/multiboot.js';
import { parseMultiboot2 } from './container/multiboot2.js';
import { parsePe } from './container/pe.js';
import { parseUki } from './container/uki.js';
import type { Formats } from './image.js';

/** Every format `findFormats` tries, for messages. */
export const formatNames = 'Linux bzImage/zImage, ELF, PE, EFI zboot, arm64 Image, Multiboot 1 and 2';

/** All formats one file is at once, and an error for each whose mark is there but whose headers are unreadable. */
export function findFormats(bytes: Bytes): { formats: Formats; errors: ImageError[] } {
  const errors: ImageError[] = [];
  const attempt = <T>(parse: () => T | undefined): T | undefined => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      errors.push(error);
      return undefined;
    }
  };
  const pe = attempt(() => parsePe(bytes));
  const found: Formats = {
    bzimage: attempt(() => parseBzImage(bytes)),
    elf: attempt(() => parseElf(bytes)),
    pe,
    uki: pe && attempt(() => parseUki(bytes, pe)),
    zboot: attempt(() => parseEfiZboot(bytes)),
    arm64: attempt(() => parseArm64Image(bytes)),
    multiboot: attempt(() => parseMultiboot(bytes)),
    multiboot2: attempt(() => parseMultiboot2(bytes)),
  };
  // Absent, not undefined: the keys are the list of what the file is.
  const formats = Object.fromEntries(Object.entries(found).filter(([, value]) => value)) as Formats;
  return { formats, errors };
}
