/** Places of an object that are told apart. */
const cells = 512;

/** Which bytes of an object somebody wrote: exactly in objects up to 512 bytes, in up to 512 equal pieces of longer ones. */
export class Written {
  readonly #cell: number;
  readonly #bits: Uint8Array;

  /** `size`: of the object. */
  constructor(readonly size: number) {
    this.#cell = Math.max(1, Math.ceil(size / cells));
    this.#bits = new Uint8Array(Math.ceil(size / this.#cell));
  }

  /** Bytes were written: whether that is news. */
  add(from: number, to: number): boolean {
    let isNews = false;
    for (let cell = Math.floor(from / this.#cell); cell * this.#cell < to; cell++) {
      isNews ||= this.#bits[cell] === 0;
      this.#bits[cell] = 1;
    }
    return isNews;
  }

  /** What another one of the same object has, too. */
  join(other: Written): void {
    for (const [cell, bit] of other.#bits.entries()) this.#bits[cell]! |= bit;
  }

  /** From, up to: in ascending order. */
  stretches(): (readonly [start: number, end: number])[] {
    const found: [start: number, end: number][] = [];
    for (const [cell, bit] of this.#bits.entries()) {
      if (bit === 0) continue;
      const start = cell * this.#cell;
      const end = Math.min(start + this.#cell, this.size);
      const last = found.at(-1);
      if (last?.[1] === start) last[1] = end;
      else found.push([start, end]);
    }
    return found;
  }
}
