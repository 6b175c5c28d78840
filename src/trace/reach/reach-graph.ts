/** Edges at first; doubled whenever they are full. */
const few = 1 << 20;

/** What leads where, of numbered places. */
export class ReachGraph {
  #from = new Uint32Array(few);
  #to = new Uint32Array(few);
  #edges = 0;
  /** Places that another one leads to. */
  readonly #isNamed: Uint8Array;

  constructor(readonly count: number) {
    this.#isNamed = new Uint8Array(count);
  }

  add(from: number, to: number): void {
    if (from === to) return;
    if (this.#edges === this.#to.length) {
      this.#from = doubled(this.#from);
      this.#to = doubled(this.#to);
    }
    this.#from[this.#edges] = from;
    this.#to[this.#edges++] = to;
    this.#isNamed[to] = 1;
  }

  isNamed(place: number): boolean {
    return this.#isNamed[place] === 1;
  }

  /** By place: 1 where it can be reached. */
  reached(roots: readonly number[]): Uint8Array {
    const { starts, to } = this.#sorted();
    const reached = new Uint8Array(this.count);
    const waiting = new Uint32Array(this.count);
    let known = 0;
    const come = (place: number): void => {
      if (reached[place]) return;
      reached[place] = 1;
      waiting[known++] = place;
    };
    roots.forEach(come);
    for (let next = 0; next < known; next++) {
      const place = waiting[next]!;
      for (let i = starts[place]!; i < starts[place + 1]!; i++) come(to[i]!);
    }
    return reached;
  }

  /** Edges by where they come from. */
  #sorted(): { readonly starts: Uint32Array; readonly to: Uint32Array } {
    const starts = new Uint32Array(this.count + 2);
    for (let i = 0; i < this.#edges; i++) starts[this.#from[i]! + 2]!++;
    for (let place = 2; place < starts.length; place++) starts[place]! += starts[place - 1]!;
    const to = new Uint32Array(this.#edges);
    for (let i = 0; i < this.#edges; i++) to[starts[this.#from[i]! + 1]!++] = this.#to[i]!;
    return { starts, to };
  }
}

function doubled(column: Uint32Array): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * column.length);
  longer.set(column);
  return longer;
}
