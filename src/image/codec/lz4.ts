// LZ4 legacy frame: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, «Legacy frame».
import { type Codec, corrupt, Output, truncated } from './codec.js';
import { decodeLz4Block } from './lz4-block.js';

const magic = [0x02, 0x21, 0x4c, 0x18];
const blockSize = 8 << 20;
/** The most bytes an 8 MiB block can take when packed (LZ4_COMPRESSBOUND of lz4.h). */
const packedMax = blockSize + Math.floor(blockSize / 255) + 16;

/** LZ4 as `lz4 -l` writes it: blocks of 8 MiB, no end mark, no check sums. */
export const lz4: Codec = {
  id: 'lz4',
  magic,
  async decompress(bytes, limits) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const output = new Output('lz4', limits, bytes.length);
    let at = magic.length;
    while (at + 4 <= bytes.length) {
      const size = view.getUint32(at, true);
      // A kernel appends the unpacked size, which looks like one more block size.
      if (size === 0 || (at + 4 === bytes.length && size === output.length)) return output.finish();
      if (size === view.getUint32(0, true)) {
        at += 4;
        continue;
      }
      if (size > packedMax && output.length > 0) return output.finish();
      const start = output.length;
      if (size > packedMax) throw corrupt('lz4', `a block of ${size} packed bytes`, at);
      if (at + 4 + size > bytes.length) throw truncated('lz4', bytes.length);
      decodeLz4Block(bytes, at + 4, at + 4 + size, output, start + blockSize);
      at += 4 + size;
      // Only the last block is shorter, so anything after it but a new frame is not LZ4.
      const more = at + 4 <= bytes.length && magic.every((byte, i) => bytes[at + i] === byte);
      if (output.length - start < blockSize && !more) return output.finish();
    }
    if (output.length === 0) throw truncated('lz4', bytes.length);
    return output.finish();
  },
};
