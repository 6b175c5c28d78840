import type { BitReader } from './bit-reader.js';

/** The longest code word (BZ_MAX_CODE_LEN of bzip2's bzlib_private.h). */
const longest = 20;
/** Words up to this length are looked up at once. */
const direct = 10;

/** One Huffman code of a bzip2 block: canonical, words of the same length in the order of their symbols. */
export class Bzip2Code {
  /** By the next `direct` bits: symbol << 5 | length; 0 where the word is longer or there is none. */
  readonly #direct = new Uint16Array(1 << direct);
  /** Symbols in the order of their words. */
  readonly #symbols: Uint16Array;
  /** By length: one more than its last word, and what to subtract from a word to have its place in `#symbols`. */
  readonly #end = new Int32Array(longest + 1);
  readonly #offset = new Int32Array(longest + 1);

  /** `lengths` of the words by symbol, each from 1 to 20; `Bzip2Code.fits` must hold for them. */
  constructor(lengths: Uint8Array) {
    this.#symbols = new Uint16Array(lengths.length);
    let word = 0;
    let place = 0;
    for (let length = 1; length <= longest; length++, word <<= 1) {
      this.#offset[length] = word - place;
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue;
        this.#symbols[place++] = symbol;
        if (length <= direct) {
          const first = word << (direct - length);
          this.#direct.fill((symbol << 5) | length, first, first + (1 << (direct - length)));
        }
        word++;
      }
      this.#end[length] = word;
    }
  }

  /** False when there cannot be so many words of these lengths. */
  static fits(lengths: Uint8Array): boolean {
    return lengths.reduce((sum, length) => sum + (1 << (longest - length)), 0) <= 1 << longest;
  }

  /** Takes one word and returns its symbol, or -1 where there is no such word. */
  read(bits: BitReader): number {
    const next = bits.peek(longest);
    const found = this.#direct[next >>> (longest - direct)]!;
    if (found) {
      bits.skip(found & 31);
      return found >>> 5;
    }
    for (let length = direct + 1; length <= longest; length++) {
      const word = next >>> (longest - length);
      if (word >= this.#end[length]!) continue;
      bits.skip(length);
      return this.#symbols[word - this.#offset[length]!]!;
    }
    return -1;
  }
}
