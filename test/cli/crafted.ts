import { gzipSync } from 'node:zlib';
import { craftBzImage } from '../craft/bzimage.js';
import { craftElf } from '../craft/elf.js';

/** An ELF kernel with a PVH note at `entry`. */
export function pvhKernel(entry = 0x1000000): Uint8Array {
  return craftElf({
    entry: 0x1000000,
    segments: [{ vaddr: 0x1000000, data: new Uint8Array(0x1000).fill(0xcc) }],
    notes: [
      { owner: 'Xen', type: 18, desc: entry },
      { owner: 'Xen', type: 6, desc: 'linux' },
    ],
  });
}

/** A bzImage that is an EFI application too, which no machine can be started through yet. */
export function efiKernel(): Uint8Array {
  return craftBzImage({ pe: { entry: 0x600 } });
}

/** A bzImage with such a kernel inside. */
export function packedKernel(entry?: number): Uint8Array {
  return craftBzImage({
    crc: true,
    xloadflags: ['XLF_KERNEL_64', 'XLF_CAN_BE_LOADED_ABOVE_4G'],
    payload: new Uint8Array(gzipSync(pvhKernel(entry))),
  });
}
