import { arm64ImageHeader } from '../../abi/arm64-image.js';
import type { Bytes } from '../../core/bytes.js';

/** An arm64 `Image` (Documentation/arch/arm64/booting.rst): 64-byte header, magic "ARM\x64" at 56. */
export interface Arm64Image {
  /** Offset from a 2 MiB aligned base at which the image must be loaded. */
  readonly textOffset: bigint;
  /** Effective image size, bss included; 0 in kernels before 3.17. */
  readonly imageSize: bigint;
  readonly flags: bigint;
  readonly bigEndian: boolean;
  /** 0 unspecified, else 4096, 16384 or 65536. */
  readonly pageSize: number;
  /** True when the 2 MiB aligned base may be anywhere in physical memory. */
  readonly anywhere: boolean;
  /** File offset of the PE header, 0 when there is none. */
  readonly peOffset: number;
}

const pageSizes = [0, 4096, 16384, 65536] as const;

/** Reads the header of an arm64 Image; undefined when the magic is not there. */
export function parseArm64Image(bytes: Bytes): Arm64Image | undefined {
  if (!bytes.matches(56, 'ARM\x64') || !bytes.has(0, arm64ImageHeader.size)) return undefined;
  const header = arm64ImageHeader.read(bytes);
  return {
    textOffset: header.text_offset,
    imageSize: header.image_size,
    flags: header.flags,
    bigEndian: (header.flags & 1n) !== 0n,
    pageSize: pageSizes[Number((header.flags >> 1n) & 3n)]!,
    anywhere: (header.flags & 8n) !== 0n,
    peOffset: header.res5,
  };
}
