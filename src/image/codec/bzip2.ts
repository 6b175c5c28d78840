// bzip2, with the decoder of the package unbzip2-stream. Its stream wrapper needs Node's Buffer, so only the
// decoder inside it is used, which is plain JavaScript over bytes.
import { type Codec, corrupt, Output, truncated } from './codec.js';

/** `unbzip2-stream/lib/bzip2.js`, which has no types of its own. */
interface Decoder {
  /** A reader of bits, highest first; past the end it reads zeros. `null` skips to a whole byte. */
  array(bytes: Uint8Array): Bits;
  /** Reads the stream header and returns the block size in 100 000 bytes. */
  header(bits: Bits): number;
  /** Unpacks one block; returns the check sum so far, or null at the end of the stream. */
  decompress(
    bits: Bits,
    put: (byte: number) => void,
    work: Int32Array,
    size: number,
    sum: number,
  ): number | null;
}
type Bits = (count: number) => number;

/** bzip2, one stream. Check sums are verified. */
export const bzip2: Codec = {
  id: 'bzip2',
  magic: [0x42, 0x5a, 0x68],
  async decompress(bytes, limits) {
    // @ts-expect-error the package has no types
    const decoder = (await import('unbzip2-stream/lib/bzip2.js')).default as Decoder;
    const output = new Output('bzip2', limits, bytes.length);
    let buffer = output.bytes;
    let to = 0;
    const put = (byte: number): void => {
      if (to === buffer.length) {
        output.length = to;
        buffer = output.grow(to + 1);
      }
      buffer[to++] = byte;
    };
    let read = 0;
    const source = decoder.array(bytes);
    const bits: Bits = (count) => {
      read += count;
      return source(count);
    };
    try {
      const size = 100_000 * decoder.header(bits);
      const work = new Int32Array(size);
      for (let sum: number | null = 0; sum !== null; ) sum = decoder.decompress(bits, put, work, size, sum);
    } catch (error) {
      if (error instanceof Error && error.name === 'ImageError') throw error;
      if (read > bytes.length * 8) throw truncated('bzip2', bytes.length);
      throw corrupt('bzip2', 'a block or its check sum is wrong', read >>> 3);
    }
    if (read > bytes.length * 8) throw truncated('bzip2', bytes.length);
    output.length = to;
    return output.finish();
  },
};
