// LZMA-alone (.lzma): lzma-file-format.txt of XZ Utils; a header of 13 bytes, then one run of LZMA.
import { type Codec, corrupt, Output, tooLarge, truncated } from './codec.js';
import { LzmaDecoder } from './lzma-decoder.js';

/** LZMA as `lzma -9` writes it, with or without the unpacked size in the header. No check sums exist. */
export const lzma: Codec = {
  id: 'lzma',
  // lc=3 lp=0 pb=2, then the dictionary size, a multiple of 64 KiB in every stream in use
  magic: [0x5d, 0x00, 0x00],
  async decompress(bytes, limits) {
    if (bytes.length < 13) throw truncated('lzma', bytes.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const known = view.getBigUint64(5, true);
    const size = known === 0xffffffffffffffffn ? undefined : Number(known);
    if (size !== undefined && size > limits.maxOutput) throw tooLarge('lzma', limits.maxOutput);
    const output = new Output('lzma', { ...limits, expectedSize: size ?? limits.expectedSize }, bytes.length);
    const decoder = new LzmaDecoder('lzma', output);
    decoder.setProperties(bytes[0]!);
    const at = decoder.decode(bytes, 13, bytes.length, size ?? Infinity);
    if (size !== undefined && output.length !== size) throw corrupt('lzma', 'it ends before its size', at);
    if (size === undefined && decoder.finalCode !== 0)
      throw corrupt('lzma', 'the range coder ends wrongly', at);
    return output.finish();
  },
};
