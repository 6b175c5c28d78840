import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

const BOOT_FLAG_OFFSET = 0x1fe;
const BOOT_FLAG = 0xaa55;

/** boot.rst, "boot_flag": contains 0xAA55. */
export const missingBootFlag: ImageRule = {
  id: 'missing-boot-flag',
  order: 2,
  severity: 'error',
  title: 'The boot sector signature 0xAA55 is missing',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      if (!layer.formats.bzimage || !layer.bytes.has(BOOT_FLAG_OFFSET, 2)) continue;
      const found = layer.bytes.u16(BOOT_FLAG_OFFSET);
      if (found === BOOT_FLAG) continue;
      yield {
        message: `boot_flag holds ${hex(found)} instead of 0xaa55: GRUB 2 refuses the file ("invalid magic number"), so does kexec ("No x86 boot sector present"), and a BIOS does not boot its first sector.`,
        offset: BOOT_FLAG_OFFSET,
        layer: name,
      };
    }
  },
};
