import type { PhysicalMemory } from '../machine/memory.js';
import type { Block } from '../machine/observe.js';

/** Code of a page that has run: a bit a byte, and what stood there. */
interface Covered {
  readonly bits: Int32Array;
  readonly code: Uint8Array;
}

/** Which bytes of code have run, by where they lie physically, where they were mapped, and what they were. */
export class Coverage {
  readonly #frames = new Map<number, Map<number, Covered>>();
  /** What was asked for last. */
  #frame = -1;
  #page = 0;
  #covered: Covered = { bits: new Int32Array(0), code: new Uint8Array(0) };

  constructor(readonly memory: PhysicalMemory) {}

  /**
   * Adds a block. `new`: it has bytes where none ran before; `changed`: other bytes ran there, since a kernel may be unpacked to
   * where a decompressor was.
   */
  add({ frame, page, offset, end }: Block): 'new' | 'changed' | 'known' {
    if (frame !== this.#frame || page !== this.#page) this.#select(frame, page);
    const { bits, code } = this.#covered;
    // What reaches into the next page counts with this one.
    const last = Math.min(end, 4096) - 1;
    const now = this.#read(frame, offset, last);
    let found: 'new' | 'changed' | 'known' = 'known';
    for (let at = offset; at <= last; at++) {
      const bit = 1 << (at & 31);
      const byte = now?.[at - offset] ?? 0;
      if ((bits[at >> 5]! & bit) === 0) found = 'new';
      else if (code[at] === byte) continue;
      else if (found === 'known') found = 'changed';
      bits[at >> 5]! |= bit;
      code[at] = byte;
    }
    return found;
  }

  /** Bytes of a page from one to another, both included; undefined where there is no RAM. */
  #read(frame: number, first: number, last: number): Uint8Array | undefined {
    const start = frame * 4096;
    if (start + 4096 > this.memory.ramSize) return undefined;
    return this.memory.ram(start + first, last + 1 - first);
  }

  #select(frame: number, page: number): void {
    let pages = this.#frames.get(frame);
    if (!pages) this.#frames.set(frame, (pages = new Map()));
    let covered = pages.get(page);
    if (!covered)
      pages.set(page, (covered = { bits: new Int32Array(4096 / 32), code: new Uint8Array(4096) }));
    this.#frame = frame;
    this.#page = page;
    this.#covered = covered;
  }
}
