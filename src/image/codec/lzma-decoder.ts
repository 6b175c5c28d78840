// The LZMA decoder proper, from «LZMA specification» (lzma-specification.txt of the LZMA SDK, public domain).
// The steps of the range decoder are written out where they are used: as calls they cost half the speed.
import { corrupt, type Output, truncated } from './codec.js';

// Where each model stands in the one array of probabilities; the names are those of the specification.
const isMatch = 0;
const isRep = isMatch + (12 << 4);
const isRepG0 = isRep + 12;
const isRepG1 = isRepG0 + 12;
const isRepG2 = isRepG1 + 12;
const isRep0Long = isRepG2 + 12;
const posSlot = isRep0Long + (12 << 4);
const posSpecial = posSlot + (4 << 6);
const posAlign = posSpecial + 128;
const lenCoder = posAlign + 16;
// Inside a length coder: two choice bits, then the trees for 8, 8 and 256 lengths.
const lenLow = 2;
const lenMid = lenLow + (16 << 3);
const lenHigh = lenMid + (16 << 3);
const repLenCoder = lenCoder + lenHigh + 256;
const literal = repLenCoder + lenHigh + 256;

/** A range below this takes one more byte. */
const top = 1 << 24;
const half = 1024;

/** Decodes LZMA data into an Output, whose bytes since the last `resetDictionary` are the dictionary. */
export class LzmaDecoder {
  /** What the range coder held when the last run ended; 0 in a sound stream that ends there. */
  finalCode = 0;

  #probs = new Uint16Array(0);
  #lc = 0;
  #lp = 0;
  #pb = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;
  /** Where the dictionary starts in the output. */
  #start = 0;

  constructor(
    readonly what: string,
    readonly output: Output,
  ) {}

  /** Sets the properties from their packed byte, (pb * 5 + lp) * 9 + lc, and resets the state. */
  setProperties(packed: number): void {
    if (packed >= 9 * 5 * 5) throw corrupt(this.what, `LZMA properties ${packed}`);
    this.#lc = packed % 9;
    this.#lp = Math.floor(packed / 9) % 5;
    this.#pb = Math.floor(packed / 45);
    this.#probs = new Uint16Array(literal + (0x300 << (this.#lc + this.#lp)));
    this.resetState();
  }

  resetState(): void {
    this.#probs.fill(half);
    this.#state = this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
  }

  resetDictionary(): void {
    this.#start = this.output.length;
  }

  /**
   * Decodes one run of the range coder from `input[at, end)`, until the output is `target` bytes long
   * or the end marker comes. Returns where the run ended.
   */
  decode(input: Uint8Array, at: number, end: number, target: number): number {
    const { what, output } = this;
    const probs = this.#probs;
    const lc = this.#lc;
    const lpMask = (1 << this.#lp) - 1;
    const pbMask = (1 << this.#pb) - 1;
    const start = this.#start;
    let state = this.#state;
    let rep0 = this.#rep0;
    let rep1 = this.#rep1;
    let rep2 = this.#rep2;
    let rep3 = this.#rep3;
    let bytes = output.bytes;
    let to = output.length;

    if (at + 5 > end) throw truncated(what, end);
    if (input[at] !== 0) throw corrupt(what, 'the range coder does not start with 0', at);
    let range = 0xffffffff;
    let code = 0;
    for (let i = 1; i < 5; i++) code = ((code << 8) | input[at + i]!) >>> 0;
    at += 5;

    // One step of the range decoder, here and below: fill up, split the range, adapt the probability.
    let bound = 0;
    let prob = 0;
    let index = 0;

    while (to < target) {
      if (at > end) throw truncated(what, end);
      const posState = (to - start) & pbMask;

      index = isMatch + (state << 4) + posState;
      if (range < top) {
        range = (range << 8) >>> 0;
        code = ((code << 8) | input[at++]!) >>> 0;
      }
      prob = probs[index]!;
      bound = Math.imul(range >>> 11, prob) >>> 0;
      if (code < bound) {
        range = bound;
        probs[index] = prob + ((2048 - prob) >>> 5);

        const previous = to > start ? bytes[to - 1]! : 0;
        const base = literal + 0x300 * ((((to - start) & lpMask) << lc) + (previous >>> (8 - lc)));
        let symbol = 1;
        if (state >= 7) {
          // After a match the byte at its distance is the guess: its bits choose the model until one is wrong.
          let guess = bytes[to - rep0 - 1]!;
          let same = 0x100;
          do {
            guess <<= 1;
            const bit = guess & same;
            index = base + same + bit + symbol;
            if (range < top) {
              range = (range << 8) >>> 0;
              code = ((code << 8) | input[at++]!) >>> 0;
            }
            prob = probs[index]!;
            bound = Math.imul(range >>> 11, prob) >>> 0;
            if (code < bound) {
              range = bound;
              probs[index] = prob + ((2048 - prob) >>> 5);
              symbol <<= 1;
              same &= ~bit;
            } else {
              range = (range - bound) >>> 0;
              code = (code - bound) >>> 0;
              probs[index] = prob - (prob >>> 5);
              symbol = (symbol << 1) | 1;
              same &= bit;
            }
          } while (symbol < 0x100);
        } else {
          do {
            index = base + symbol;
            if (range < top) {
              range = (range << 8) >>> 0;
              code = ((code << 8) | input[at++]!) >>> 0;
            }
            prob = probs[index]!;
            bound = Math.imul(range >>> 11, prob) >>> 0;
            if (code < bound) {
              range = bound;
              probs[index] = prob + ((2048 - prob) >>> 5);
              symbol <<= 1;
            } else {
              range = (range - bound) >>> 0;
              code = (code - bound) >>> 0;
              probs[index] = prob - (prob >>> 5);
              symbol = (symbol << 1) | 1;
            }
          } while (symbol < 0x100);
        }
        if (to === bytes.length) {
          output.length = to;
          bytes = output.grow(to + 1);
        }
        bytes[to++] = symbol;
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      range = (range - bound) >>> 0;
      code = (code - bound) >>> 0;
      probs[index] = prob - (prob >>> 5);

      let coder = lenCoder;
      let size = 0;
      index = isRep + state;
      if (range < top) {
        range = (range << 8) >>> 0;
        code = ((code << 8) | input[at++]!) >>> 0;
      }
      prob = probs[index]!;
      bound = Math.imul(range >>> 11, prob) >>> 0;
      if (code < bound) {
        range = bound;
        probs[index] = prob + ((2048 - prob) >>> 5);
        rep3 = rep2;
        rep2 = rep1;
        rep1 = rep0;
        state = state < 7 ? 7 : 10;
      } else {
        range = (range - bound) >>> 0;
        code = (code - bound) >>> 0;
        probs[index] = prob - (prob >>> 5);
        coder = repLenCoder;

        index = isRepG0 + state;
        if (range < top) {
          range = (range << 8) >>> 0;
          code = ((code << 8) | input[at++]!) >>> 0;
        }
        prob = probs[index]!;
        bound = Math.imul(range >>> 11, prob) >>> 0;
        if (code < bound) {
          range = bound;
          probs[index] = prob + ((2048 - prob) >>> 5);

          index = isRep0Long + (state << 4) + posState;
          if (range < top) {
            range = (range << 8) >>> 0;
            code = ((code << 8) | input[at++]!) >>> 0;
          }
          prob = probs[index]!;
          bound = Math.imul(range >>> 11, prob) >>> 0;
          if (code < bound) {
            range = bound;
            probs[index] = prob + ((2048 - prob) >>> 5);
            state = state < 7 ? 9 : 11;
            size = 1;
          } else {
            range = (range - bound) >>> 0;
            code = (code - bound) >>> 0;
            probs[index] = prob - (prob >>> 5);
          }
        } else {
          range = (range - bound) >>> 0;
          code = (code - bound) >>> 0;
          probs[index] = prob - (prob >>> 5);

          let distance = rep1;
          index = isRepG1 + state;
          if (range < top) {
            range = (range << 8) >>> 0;
            code = ((code << 8) | input[at++]!) >>> 0;
          }
          prob = probs[index]!;
          bound = Math.imul(range >>> 11, prob) >>> 0;
          if (code < bound) {
            range = bound;
            probs[index] = prob + ((2048 - prob) >>> 5);
          } else {
            range = (range - bound) >>> 0;
            code = (code - bound) >>> 0;
            probs[index] = prob - (prob >>> 5);

            index = isRepG2 + state;
            if (range < top) {
              range = (range << 8) >>> 0;
              code = ((code << 8) | input[at++]!) >>> 0;
            }
            prob = probs[index]!;
            bound = Math.imul(range >>> 11, prob) >>> 0;
            if (code < bound) {
              range = bound;
              probs[index] = prob + ((2048 - prob) >>> 5);
              distance = rep2;
            } else {
              range = (range - bound) >>> 0;
              code = (code - bound) >>> 0;
              probs[index] = prob - (prob >>> 5);
              distance = rep3;
              rep3 = rep2;
            }
            rep2 = rep1;
          }
          rep1 = rep0;
          rep0 = distance;
        }
        if (size === 0) state = state < 7 ? 8 : 11;
      }

      if (size === 0) {
        // The length: a choice of three trees.
        let tree = coder + lenLow + (posState << 3);
        let leaves = 8;
        size = 2;
        index = coder;
        if (range < top) {
          range = (range << 8) >>> 0;
          code = ((code << 8) | input[at++]!) >>> 0;
        }
        prob = probs[index]!;
        bound = Math.imul(range >>> 11, prob) >>> 0;
        if (code < bound) {
          range = bound;
          probs[index] = prob + ((2048 - prob) >>> 5);
        } else {
          range = (range - bound) >>> 0;
          code = (code - bound) >>> 0;
          probs[index] = prob - (prob >>> 5);

          index = coder + 1;
          if (range < top) {
            range = (range << 8) >>> 0;
            code = ((code << 8) | input[at++]!) >>> 0;
          }
          prob = probs[index]!;
          bound = Math.imul(range >>> 11, prob) >>> 0;
          if (code < bound) {
            range = bound;
            probs[index] = prob + ((2048 - prob) >>> 5);
            tree = coder + lenMid + (posState << 3);
            size = 2 + 8;
          } else {
            range = (range - bound) >>> 0;
            code = (code - bound) >>> 0;
            probs[index] = prob - (prob >>> 5);
            tree = coder + lenHigh;
            leaves = 256;
            size = 2 + 16;
          }
        }

        // Round 0 reads the length from its tree, round 1 (not for a repeated distance) the slot of the distance.
        let symbol = 1;
        for (let round = 0; ; round = 1) {
          symbol = 1;
          do {
            index = tree + symbol;
            if (range < top) {
              range = (range << 8) >>> 0;
              code = ((code << 8) | input[at++]!) >>> 0;
            }
            prob = probs[index]!;
            bound = Math.imul(range >>> 11, prob) >>> 0;
            if (code < bound) {
              range = bound;
              probs[index] = prob + ((2048 - prob) >>> 5);
              symbol <<= 1;
            } else {
              range = (range - bound) >>> 0;
              code = (code - bound) >>> 0;
              probs[index] = prob - (prob >>> 5);
              symbol = (symbol << 1) | 1;
            }
          } while (symbol < leaves);
          symbol -= leaves;
          if (round === 1) break;
          size += symbol;
          if (coder === repLenCoder) break;
          tree = posSlot + (Math.min(size - 2, 3) << 6);
          leaves = 64;
        }

        if (coder === lenCoder) {
          rep0 = symbol;
          if (symbol >= 4) {
            const count = (symbol >>> 1) - 1;
            rep0 = ((2 | (symbol & 1)) << count) >>> 0;
            let bits = count;
            let models = posSpecial + rep0 - symbol - 1;
            if (symbol >= 14) {
              // The bits above the lowest four have no model.
              let direct = 0;
              for (let i = count - 4; i > 0; i--) {
                if (range < top) {
                  range = (range << 8) >>> 0;
                  code = ((code << 8) | input[at++]!) >>> 0;
                }
                range >>>= 1;
                if (code < range) direct <<= 1;
                else {
                  code = (code - range) >>> 0;
                  direct = (direct << 1) | 1;
                }
              }
              rep0 = (rep0 + (direct << 4)) >>> 0;
              bits = 4;
              models = posAlign;
            }
            // A tree read from the lowest bit up.
            for (let i = 0, node = 1; i < bits; i++) {
              index = models + node;
              if (range < top) {
                range = (range << 8) >>> 0;
                code = ((code << 8) | input[at++]!) >>> 0;
              }
              prob = probs[index]!;
              bound = Math.imul(range >>> 11, prob) >>> 0;
              if (code < bound) {
                range = bound;
                probs[index] = prob + ((2048 - prob) >>> 5);
                node <<= 1;
              } else {
                range = (range - bound) >>> 0;
                code = (code - bound) >>> 0;
                probs[index] = prob - (prob >>> 5);
                node = (node << 1) | 1;
                rep0 = (rep0 + (1 << i)) >>> 0;
              }
            }
            // The end marker.
            if (rep0 === 0xffffffff) break;
          }
        }
      }

      if (rep0 >= to - start) {
        throw at > end ? truncated(what, end) : corrupt(what, 'a match before the start of the data', at);
      }
      if (size > target - to) throw corrupt(what, 'a match beyond the end of the data', at);
      if (to + size > bytes.length) {
        output.length = to;
        bytes = output.grow(to + size);
      }
      let from = to - rep0 - 1;
      if (size > 48 && rep0 >= size) {
        bytes.copyWithin(to, from, from + size);
        to += size;
      } else {
        for (const stop = to + size; to < stop; ) bytes[to++] = bytes[from++]!;
      }
    }

    if (range < top) code = ((code << 8) | input[at++]!) >>> 0;
    if (at > end) throw truncated(what, end);
    this.#state = state;
    this.#rep0 = rep0;
    this.#rep1 = rep1;
    this.#rep2 = rep2;
    this.#rep3 = rep3;
    output.length = to;
    this.finalCode = code;
    return at;
  }
}
