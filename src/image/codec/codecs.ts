import { bzip2 } from './bzip2.js';
import type { Codec } from './codec.js';
import { gzip } from './gzip.js';
import { lz4 } from './lz4.js';
import { lzma } from './lzma.js';
import { lzo } from './lzo.js';
import { xz } from './xz.js';
import { zstd } from './zstd.js';

/** Every compression format a kernel image may use, in the order `detect` tries them: longest magic first. */
export const codecs: readonly Codec[] = [lzo, xz, lz4, zstd, gzip, bzip2, lzma];

/** The codec whose magic `bytes` starts with. */
export function detect(bytes: Uint8Array): Codec | undefined {
  return codecs.find(({ magic }) => magic.every((byte, i) => bytes[i] === byte));
}
