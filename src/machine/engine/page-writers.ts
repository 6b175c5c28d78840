/** Which entries of the software TLBs may write a physical page: a list a page, each entry in at most one of them. */
export class PageWriters {
  /** By page: its first entry; by entry: the next and the previous one. Counted from 1, 0: none. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** By entry: the page whose list it is in, -1: none. */
  readonly #frame: Int32Array;

  constructor(frames: number, entries: number) {
    this.#first = new Int32Array(frames);
    this.#next = new Int32Array(entries + 1);
    this.#previous = new Int32Array(entries + 1);
    this.#frame = new Int32Array(entries + 1).fill(-1);
  }

  /** An entry may write a page now, and no other. */
  note(index: number, frame: number): void {
    const entry = index + 1;
    const old = this.#frame[entry]!;
    if (old === frame) return;
    if (old >= 0) {
      const next = this.#next[entry]!;
      const previous = this.#previous[entry]!;
      if (previous) this.#next[previous] = next;
      else this.#first[old] = next;
      if (next) this.#previous[next] = previous;
    }
    const next = this.#first[frame]!;
    this.#frame[entry] = frame;
    this.#next[entry] = next;
    this.#previous[entry] = 0;
    this.#first[frame] = entry;
    if (next) this.#previous[next] = entry;
  }

  /** Empties the list of a page; calls back with each entry that was in it. */
  take(frame: number, each: (index: number) => void): void {
    for (let entry = this.#first[frame]!; entry; entry = this.#next[entry]!) {
      this.#frame[entry] = -1;
      each(entry - 1);
    }
    this.#first[frame] = 0;
  }
}
