import { arm64ImageHeader } from '../../src/abi/arm64-image.js';
import { efiZbootHeader } from '../../src/abi/efi-zboot.js';
import { type CraftPe, craftPe } from './pe.js';
import { ascii, type Overrides, put } from './write.js';

/** An arm64 Image of `size` bytes; header fields by name. With `pe` it carries PE headers at 0x40. */
export function craftArm64Image(values: Overrides = {}, size = 0x2000, pe?: CraftPe): Uint8Array {
  const file = pe ? craftPe({ machine: 'arm64', ...pe }) : new Uint8Array(size);
  const header = { code1: 0x14000000, image_size: file.length, flags: 0xa, magic: 0x644d5241 };
  put(file, arm64ImageHeader, 0, { ...header, ...values });
  return file;
}

/** An EFI zboot image around a packed kernel. */
export function craftEfiZboot(
  payload: Uint8Array,
  compression = 'gzip',
  machine: CraftPe['machine'] = 'arm64',
): Uint8Array {
  const file = craftPe({ machine, linuxMagic: true, sections: [{ name: '.data', data: payload }] });
  const comp = new Uint8Array(32);
  comp.set(ascii(compression));
  put(file, efiZbootHeader, 0, {
    zimg: 0x676d697a,
    payload_offset: 0x1000,
    payload_size: payload.length,
    comp_type: comp,
  });
  return file;
}
