import type { Watch } from '../../machine/observe.js';

/** Writes to a page in a row that say nothing new, until it is let go; and for how many instructions at least. */
const dull = 64;
const rest = 1_000_000;

/** Pages to which writes are watched while they say something new; all are watched again when code runs for the first time. */
export class Naps {
  readonly #dull: Uint8Array;
  #asleep = 0;
  #next = 0;

  constructor(
    readonly watch: Watch,
    readonly first: number,
    /** By page whether it is watched at all. */
    readonly pages: readonly boolean[],
  ) {
    this.#dull = new Uint8Array(pages.length);
    this.#wake();
  }

  /** A page was written. */
  saw(frame: number, isNews: boolean): void {
    const page = frame - this.first;
    this.#dull[page] = isNews ? 0 : this.#dull[page]! + 1;
    if (this.#dull[page]! < dull) return;
    this.#asleep++;
    this.watch.forget(frame);
  }

  /** Code runs for the first time. */
  newCode(instruction: number): void {
    if (instruction < this.#next) return;
    this.#next = instruction + rest;
    if (this.#asleep > 0) this.#wake();
  }

  #wake(): void {
    this.#asleep = 0;
    this.#dull.fill(0);
    this.watch.add(this.first * 4096, this.pages.length * 4096);
    for (const [page, isWatched] of this.pages.entries()) if (!isWatched) this.watch.forget(this.first + page);
  }

  end(): void {
    this.#next = Number.POSITIVE_INFINITY;
    for (const page of this.pages.keys()) this.watch.forget(this.first + page);
  }
}
