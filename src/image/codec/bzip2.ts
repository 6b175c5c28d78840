// bzip2. It has no specification but its source; what was written down of it is
// https://github.com/dsnet/compress/blob/master/doc/bzip2-format.pdf.
import { BitReader } from './bit-reader.js';
import { Bzip2Block, damaged } from './bzip2-block.js';
import { type Codec, Output, truncated } from './codec.js';

const magic = [0x42, 0x5a, 0x68];

/** bzip2, one stream or more, as pbzip2 writes them. Check sums are verified. */
export const bzip2: Codec = {
  id: 'bzip2',
  magic,
  async decompress(bytes, limits) {
    const output = new Output('bzip2', limits, bytes.length);
    const bits = new BitReader(bytes);
    for (let at = 0; at === 0 || magic.every((byte, i) => bytes[at + i] === byte); at = bits.position / 8)
      decodeStream(bits, output);
    if (bits.overrun) throw truncated('bzip2', bytes.length);
    return output.finish();
  },
};

function decodeStream(bits: BitReader, output: Output): void {
  bits.read(24);
  const level = bits.read(8) - 0x30;
  if (level < 1 || level > 9) throw damaged(bits, 'no such block size');
  const block = new Bzip2Block(level * 100_000);
  for (let sum = 0; ; ) {
    const [high, low] = [bits.read(24), bits.read(24)];
    // The magic numbers of a block and of the stream's end: π and its root in decimal digits.
    if (high === 0x314159 && low === 0x265359) {
      sum = (((sum << 1) | (sum >>> 31)) ^ block.decode(bits, output)) >>> 0;
    } else if (high === 0x177245 && low === 0x385090) {
      if (bits.read32() !== sum) throw damaged(bits, 'the check sum of the stream is wrong');
      bits.align();
      return;
    } else throw damaged(bits, 'neither a block nor the end');
  }
}
