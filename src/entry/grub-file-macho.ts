import { Bytes } from '../core/bytes.js';

const MAGIC = { 32: 0xfeedface, 64: 0xfeedfacf } as const;
const CPU_TYPE = { 32: 0x00000007, 64: 0x01000007 } as const;
/** Sizes of struct mach_header and mach_header_64. */
const HEADER = { 32: 28, 64: 32 } as const;
const FAT_MAGIC = 0xcafebabe;

/**
 * True for a Mach-O file of that width: thin, one of a fat file, or packed with lzss, as grub_macho_open takes it.
 * Source: GRUB 2.06 grub-core/loader/macho.c and machoXX.c.
 */
export function isMachO(bytes: Bytes, width: 32 | 64): boolean {
  // GRUB reads this much before it looks at anything.
  if (!bytes.has(0, HEADER[64])) return false;
  const big = new Bytes(bytes.data, bytes.what, false);
  let offset: number | undefined;
  if (big.u32(0) === FAT_MAGIC) {
    const count = big.u32(4);
    if (!big.has(8, count * 20)) return false;
    for (let at = 8; at < 8 + count * 20; at += 20) {
      if (big.u32(at) === CPU_TYPE[width]) offset = big.u32(at + 8);
    }
  }
  if (bytes.u32(0) === MAGIC[width] || bytes.matches(0, 'complzss')) offset = 0;
  return offset !== undefined && isWhole(bytes, offset, width);
}

function isWhole(bytes: Bytes, offset: number, width: 32 | 64): boolean {
  if (!bytes.has(offset, HEADER[width])) return false;
  if (bytes.matches(offset, 'complzss')) {
    return new Bytes(bytes.data, bytes.what, false).u32(offset + 12) >= HEADER[width];
  }
  return bytes.u32(offset) === MAGIC[width] && bytes.has(offset + HEADER[width], bytes.u32(offset + 20));
}
