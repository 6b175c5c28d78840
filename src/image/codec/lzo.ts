// lzop: the container `lzop` writes and lib/decompress_unlzo.c of Linux reads; it has no written specification.
// All its numbers are big-endian.
import { Bytes } from '../../core/bytes.js';
import { type Codec, corrupt, Output, truncated } from './codec.js';
import { crc32 } from './crc32.js';
import { decodeLzo1xBlock } from './lzo1x-block.js';

const magic = [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a];
/** Flags of the header: which check sums follow a block header, and what else the header has. */
const flag = { adler: 1, packedAdler: 2, extra: 0x40, crc: 0x100, packedCrc: 0x200, filter: 0x800 };
/** The largest block lzop writes. */
const blockMax = 64 << 20;

/** LZO1X in lzop framing, as `lzop -9` writes it. Check sums of the unpacked blocks are verified. */
export const lzo: Codec = {
  id: 'lzo',
  magic,
  async decompress(bytes, limits) {
    const input = new Bytes(bytes, 'lzo', false);
    let at = magic.length;
    const version = input.u16(at);
    // From 0.94 on: the version needed to unpack, the level, and the upper half of the time.
    const modern = version >= 0x0940;
    at += modern ? 6 : 4;
    const method = input.u8(at);
    if (method < 1 || method > 3) throw corrupt('lzo', `method ${method} is not LZO1X`, at);
    at += modern ? 2 : 1;
    const flags = input.u32(at);
    if (flags & flag.filter) throw corrupt('lzo', 'filters are not supported', at);
    at += modern ? 16 : 12;
    at += 1 + input.u8(at) + 4;
    if (flags & flag.extra) at += 4 + input.u32(at) + 4;

    const output = new Output('lzo', limits, bytes.length);
    for (;;) {
      const size = input.u32(at);
      if (size === 0) return output.finish();
      if (size > blockMax) throw corrupt('lzo', `a block of ${size} bytes`, at);
      const packed = input.u32(at + 4);
      if (packed > size) throw corrupt('lzo', 'a block that grew when packed', at);
      at += 8;
      const adler = flags & flag.adler ? input.u32(at) : undefined;
      if (adler !== undefined) at += 4;
      const crc = flags & flag.crc ? input.u32(at) : undefined;
      if (crc !== undefined) at += 4;
      if (packed < size) at += (flags & flag.packedAdler ? 4 : 0) + (flags & flag.packedCrc ? 4 : 0);
      if (!input.has(at, packed)) throw truncated('lzo', bytes.length);
      const start = output.length;
      if (packed === size) output.push(bytes.subarray(at, at + packed));
      else decodeLzo1xBlock(bytes, at, at + packed, output, size);
      at += packed;
      const block = output.bytes.subarray(start, output.length);
      if ((adler !== undefined && adler !== adler32(block)) || (crc !== undefined && crc !== crc32(block))) {
        throw corrupt('lzo', 'the check sum of a block is wrong', at);
      }
    }
  },
};

/** Adler-32, RFC 1950. */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    // 5552 bytes are the most whose sums stay below 2^32.
    for (const stop = Math.min(at + 5552, bytes.length); at < stop; ) b += a += bytes[at++]!;
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}
