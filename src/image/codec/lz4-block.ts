// LZ4 block format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
import { corrupt, type Output, truncated } from './codec.js';

/**
 * Appends the block in `input[at, end)` to `output`, which may grow to `limit` bytes.
 * The block is independent: matches reach back to its own start only.
 */
export function decodeLz4Block(
  input: Uint8Array,
  at: number,
  end: number,
  output: Output,
  limit: number,
): void {
  const start = output.length;
  let bytes = output.bytes;
  let to = start;
  let room = Math.min(bytes.length, limit);

  while (at < end) {
    const token = input[at++]!;
    let size = token >> 4;
    if (size > 0) {
      if (size === 15) {
        // Bytes 255 prolong the length, the first other byte ends it.
        let byte: number;
        do {
          if (at >= end) throw truncated('lz4', at);
          size += byte = input[at++]!;
        } while (byte === 255);
      }
      if (at + size > end) throw truncated('lz4', at);
      if (to + size > room) {
        bytes = grow(output, to, to + size, limit);
        room = Math.min(bytes.length, limit);
      }
      if (size > 32) {
        bytes.set(input.subarray(at, at + size), to);
        at += size;
        to += size;
      } else {
        for (const stop = at + size; at < stop; ) bytes[to++] = input[at++]!;
      }
    }
    if (at === end) break;
    if (at + 2 > end) throw truncated('lz4', at);
    const distance = input[at]! | (input[at + 1]! << 8);
    at += 2;
    size = (token & 15) + 4;
    if (size === 19) {
      let byte: number;
      do {
        if (at >= end) throw truncated('lz4', at);
        size += byte = input[at++]!;
      } while (byte === 255);
    }
    if (distance === 0 || distance > to - start)
      throw corrupt('lz4', 'a match before the start of its block', at);
    if (to + size > room) {
      bytes = grow(output, to, to + size, limit);
      room = Math.min(bytes.length, limit);
    }
    let from = to - distance;
    if (size > 48 && distance >= size) {
      bytes.copyWithin(to, from, from + size);
      to += size;
    } else {
      for (const stop = to + size; to < stop; ) bytes[to++] = bytes[from++]!;
    }
  }
  output.length = to;
}

/** Room for `total` bytes in `output`, of which `written` are there. */
function grow(output: Output, written: number, total: number, limit: number): Uint8Array {
  if (total > limit) throw corrupt('lz4', 'a block longer than 8 MiB');
  output.length = written;
  return output.grow(total);
}
