import type { ImageError } from '../../core/errors.js';
import type { BitReader } from './bit-reader.js';
import { Bzip2Code } from './bzip2-code.js';
import { corrupt, type Output, truncated } from './codec.js';

/** Symbols that one selector is for (BZ_G_SIZE of bzip2's bzlib_private.h). */
const group = 50;

/** One block of bzip2 after its magic: code tables, symbols, move-to-front, Burrows-Wheeler transform, runs. */
export class Bzip2Block {
  /** By place in the sorted block: the byte there, and above it the place of the byte that follows. */
  readonly #links: Uint32Array;

  /** `size`: the most bytes a block may have before its runs are unpacked. */
  constructor(readonly size: number) {
    this.#links = new Uint32Array(size);
  }

  /** Unpacks one block to `output` and returns its check sum. */
  decode(bits: BitReader, output: Output): number {
    const sum = bits.read32();
    if (bits.read(1)) throw damaged(bits, 'a randomised block, as only bzip2 before 0.9.5 wrote');
    const origin = bits.read(24);
    const length = this.#symbols(bits);
    if (origin >= length) throw damaged(bits, 'the origin lies outside of its block');
    if (this.#unsort(origin, length, output) !== sum)
      throw damaged(bits, 'the check sum of a block is wrong');
    return sum;
  }

  /** Reads all symbols into the low bytes of `#links`; returns how many bytes they made. */
  #symbols(bits: BitReader): number {
    const front = usedBytes(bits);
    const end = front.length + 1;
    const groups = bits.read(3);
    if (front.length === 0 || groups < 2 || groups > 6) throw damaged(bits, 'the head of a block is wrong');
    const selectors = readSelectors(bits, groups);
    const codes = Array.from({ length: groups }, () => readCode(bits, end + 1));
    const { size } = this;
    const links = this.#links;
    let length = 0;
    /** What the next digit of a run's length, in base 2 with the digits 1 and 2, is worth. */
    let worth = 1;
    for (const selector of selectors) {
      const code = codes[selector]!;
      for (let i = 0; i < group; i++) {
        const symbol = code.read(bits);
        if (symbol < 0) throw damaged(bits, 'no such word in a Huffman code');
        if (symbol <= 1) {
          const run = worth << symbol;
          if (run > size - length) throw damaged(bits, 'a block is too long');
          links.fill(front[0]!, length, length + run);
          length += run;
          worth <<= 1;
          continue;
        }
        if (symbol === end) return length;
        if (length === size) throw damaged(bits, 'a block is too long');
        worth = 1;
        const place = symbol - 1;
        const byte = front[place]!;
        if (place > 16) front.copyWithin(1, 0, place);
        else for (let to = place; to > 0; to--) front[to] = front[to - 1]!;
        front[0] = byte;
        links[length++] = byte;
      }
    }
    throw damaged(bits, 'a block has no end');
  }

  /** Undoes the sorting and the runs of the first step; returns the check sum of what was written. */
  #unsort(origin: number, length: number, output: Output): number {
    const links = this.#links;
    const next = new Int32Array(257);
    for (let i = 0; i < length; i++) next[(links[i]! & 0xff) + 1]!++;
    for (let byte = 0; byte < 256; byte++) next[byte + 1]! += next[byte]!;
    for (let i = 0; i < length; i++) {
      const to = next[links[i]! & 0xff]!++;
      links[to] = (links[to]! & 0xff) | (i << 8);
    }
    const sums = (sumTable ??= makeSumTable());
    let sum = -1;
    // Counts of equal bytes are no output, so it may be less.
    let buffer = output.grow(Math.min(output.limits.maxOutput, output.length + length));
    let to = output.length;
    let link = links[origin]!;
    let last = -1;
    let same = 0;
    for (let i = 0; i < length; i++) {
      link = links[link >>> 8]!;
      const byte = link & 0xff;
      if (same === 4) {
        // After four equal bytes comes how many more of them there are.
        if (to + byte > buffer.length) {
          output.length = to;
          buffer = output.grow(to + byte);
        }
        for (let n = 0; n < byte; n++) sum = (sum << 8) ^ sums[(sum >>> 24) ^ last]!;
        buffer.fill(last, to, (to += byte));
        same = 0;
        last = -1;
        continue;
      }
      if (to === buffer.length) {
        output.length = to;
        buffer = output.grow(to + 1);
      }
      same = byte === last ? same + 1 : 1;
      last = byte;
      sum = (sum << 8) ^ sums[(sum >>> 24) ^ byte]!;
      buffer[to++] = byte;
    }
    output.length = to;
    return ~sum >>> 0;
  }
}

/** The error for what cannot be in a stream, unless the stream ended before it. */
export function damaged(bits: BitReader, reason: string): ImageError {
  if (bits.overrun) return truncated('bzip2', bits.length);
  return corrupt('bzip2', reason, bits.position >>> 3);
}

/** The bytes a block uses, in order: sixteen bits say which sixteenths, then sixteen for each of those. */
function usedBytes(bits: BitReader): Uint8Array {
  const sixteenths = bits.read(16);
  const used: number[] = [];
  for (let high = 0; high < 16; high++) {
    if (!(sixteenths & (0x8000 >> high))) continue;
    const bytes = bits.read(16);
    for (let low = 0; low < 16; low++) if (bytes & (0x8000 >> low)) used.push((high << 4) | low);
  }
  return Uint8Array.from(used);
}

/** Which code each group of symbols uses: places in a move-to-front list, in unary. */
function readSelectors(bits: BitReader, groups: number): Uint8Array {
  const front = [...Array(groups).keys()];
  const selectors = new Uint8Array(bits.read(15));
  for (let i = 0; i < selectors.length; i++) {
    let place = 0;
    while (bits.read(1)) if (++place === groups) throw damaged(bits, 'a selector is wrong');
    selectors[i] = front[place]!;
    front.unshift(...front.splice(place, 1));
  }
  return selectors;
}

/** A code of `count` words: the first length, then for each symbol steps up (10) and down (11) until a 0. */
function readCode(bits: BitReader, count: number): Bzip2Code {
  const lengths = new Uint8Array(count);
  let length = bits.read(5);
  for (let symbol = 0; symbol < count; symbol++) {
    for (;;) {
      if (length < 1 || length > 20) throw damaged(bits, 'a Huffman code has words of impossible length');
      if (!bits.read(1)) break;
      length += bits.read(1) ? -1 : 1;
    }
    lengths[symbol] = length;
  }
  if (!Bzip2Code.fits(lengths)) throw damaged(bits, 'a Huffman code has too many words');
  return new Bzip2Code(lengths);
}

let sumTable: Int32Array | undefined;

/** CRC-32 of IEEE 802.3, the highest bit first: bzip2 does not reflect it as gzip does. */
function makeSumTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0);
    return sum;
  });
}
