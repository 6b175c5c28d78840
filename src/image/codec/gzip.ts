// gzip, RFC 1952, with the zlib port of the package pako.
import { type Codec, corrupt, Output, truncated } from './codec.js';

const magic = [0x1f, 0x8b, 0x08];

/** gzip, one or more members. Check sums are verified. */
export const gzip: Codec = {
  id: 'gzip',
  magic,
  async decompress(bytes, limits) {
    const {
      ZStream,
      zlibInflate,
      zlibInflateInit2,
      zlibInflateReset,
      Z_NO_FLUSH,
      Z_STREAM_END,
      Z_BUF_ERROR,
      Z_OK,
    } = await import('pako');
    const output = new Output('gzip', limits, bytes.length);
    const stream = new ZStream();
    stream.input = bytes;
    stream.avail_in = bytes.length;
    // 15 bits of window, plus 16 for «a gzip header only»
    zlibInflateInit2(stream, 15 + 16);
    const spill = new Uint8Array(1 << 15);
    for (;;) {
      // zlib sees the end of the data only with room left, so a buffer that fits exactly must not count as full.
      const full = output.length === output.bytes.length;
      stream.output = full ? spill : (output.bytes as Uint8Array<ArrayBuffer>);
      stream.next_out = full ? 0 : output.length;
      stream.avail_out = stream.output.length - stream.next_out;
      const status = zlibInflate(stream, Z_NO_FLUSH);
      if (full) output.push(spill.subarray(0, stream.next_out));
      else output.length = stream.next_out;
      if (status === Z_STREAM_END) {
        if (!magic.every((byte, i) => bytes[stream.next_in + i] === byte)) return output.finish();
        zlibInflateReset(stream);
      } else if (
        status === Z_BUF_ERROR ||
        (status === Z_OK && stream.avail_in === 0 && stream.avail_out > 0)
      ) {
        throw truncated('gzip', bytes.length);
      } else if (status !== Z_OK) {
        throw corrupt('gzip', stream.msg || `zlib error ${status}`, stream.next_in);
      }
    }
  },
};
