// LZO1X as Linux reads it: Documentation/staging/lzo.rst of the Linux source (bitstream version 0).
import { corrupt, type Output, truncated } from './codec.js';

/**
 * Appends the block in `input[at, end)`, which must unpack to exactly `size` bytes, to `output`.
 * Matches reach back to the start of the block only.
 */
export function decodeLzo1xBlock(
  input: Uint8Array,
  at: number,
  end: number,
  output: Output,
  size: number,
): void {
  const start = output.length;
  const limit = start + size;
  const bytes = output.grow(limit);
  let to = start;
  /** Literals the last instruction copied: 0 to 3, or 4 for a long run. */
  let state = 0;
  let literals = 0;

  /** A length of 0 goes on in further bytes: 255 for every zero, and the first byte that is not. */
  const longer = (): number => {
    let sum = 0;
    while (input[at] === 0 && at < end) {
      sum += 255;
      at++;
    }
    if (at >= end) throw truncated('lzo', end);
    return sum + input[at++]!;
  };

  // Only the first byte may say «literals at once».
  if (at < end && input[at]! > 17) {
    literals = input[at++]! - 17;
    state = Math.min(literals, 4);
  }

  for (;;) {
    if (literals > 0) {
      if (at + literals > end) throw truncated('lzo', end);
      if (to + literals > limit) throw corrupt('lzo', 'a block longer than its size', at);
      for (const stop = to + literals; to < stop; ) bytes[to++] = input[at++]!;
    }

    // No instruction is followed by more than two bytes that need no check of their own.
    if (at >= end) throw truncated('lzo', end);
    const code = input[at++]!;
    if (code < 16 && state === 0) {
      literals = 3 + (code || 15 + longer());
      state = 4;
      continue;
    }
    let length: number;
    let distance: number;
    if (code < 16) {
      length = state === 4 ? 3 : 2;
      distance = (input[at++]! << 2) + (code >> 2) + (state === 4 ? 2049 : 1);
      state = code & 3;
    } else if (code < 64) {
      const far = code < 32;
      const mask = far ? 7 : 31;
      length = 2 + (code & mask || mask + longer());
      if (at + 2 > end) throw truncated('lzo', end);
      const operand = input[at]! | (input[at + 1]! << 8);
      at += 2;
      distance = (far ? 16384 + ((code & 8) << 11) : 1) + (operand >> 2);
      state = operand & 3;
      if (far && distance === 16384) break;
    } else {
      length = (code >> 5) + 1;
      distance = (input[at++]! << 3) + ((code >> 2) & 7) + 1;
      state = code & 3;
    }
    literals = state;
    if (at > end) throw truncated('lzo', end);
    if (distance > to - start) throw corrupt('lzo', 'a match before the start of its block', at);
    if (to + length > limit) throw corrupt('lzo', 'a block longer than its size', at);
    let from = to - distance;
    for (const stop = to + length; to < stop; ) bytes[to++] = bytes[from++]!;
  }
  if (at !== end || to !== limit) throw corrupt('lzo', 'a block does not end where it should', at);
  output.length = to;
}
