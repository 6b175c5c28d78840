import { Bytes } from '../../core/bytes.js';
import { crc32 } from '../codec/crc32.js';
import type { BzImage } from './bzimage.js';
import type { Pe } from './pe.js';

/** The CRC-32 in the last four bytes of the protected-mode kernel (boot protocol ≥ 2.08, until Linux 6.15). */
export interface BzImageCrc {
  /** File offset of the four bytes. */
  readonly offset: number;
  /** What they hold; newer kernels have other data there. */
  readonly stored: number;
  /** What they must hold: the CRC-32 of all before them, begun with 0xffffffff and not inverted. */
  readonly computed: number;
}

/**
 * Computes the checksum that Linux's build tool appended; takes a pass over the whole file.
 * Signing a kernel afterwards fills in the PE checksum and the certificate table's place: with `pe` given
 * they count as the zeros they were. Undefined when the protocol is older or the file is cut.
 * Source: Linux Documentation/arch/x86/boot.rst, "The Image Checksum"; arch/x86/boot/tools/build.c.
 */
export function bzImageCrc(bytes: Bytes, kernel: BzImage, pe?: Pe): BzImageCrc | undefined {
  const offset = kernel.setupSize + Number(kernel.header.syssize ?? 0) * 16 - 4;
  if (kernel.version < 0x0208 || offset < kernel.setupSize || !bytes.has(offset, 4)) return undefined;
  let covered = bytes.data.subarray(0, offset);
  if (pe) {
    covered = covered.slice();
    covered.fill(0, pe.checkSumOffset, pe.checkSumOffset + 4);
    const directory = pe.certificateDirectoryOffset;
    if (directory !== undefined) covered.fill(0, directory, directory + 8);
  }
  return { offset, stored: new Bytes(bytes.data).u32(offset), computed: ~crc32(covered) >>> 0 };
}
