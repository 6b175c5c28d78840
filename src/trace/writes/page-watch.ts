import type { Watch } from '../../machine/observe.js';

/** Writes to a page in a row that say nothing new, until it is let go. */
const dull = 64;
/** For how many instructions at least: a share of those so far, so that the beginning, where most is new, is seen best. */
const rest = { share: 1 / 32, least: 2000, most: 1_000_000 };

/** Pages to which writes are watched while they say something new; all are watched again when code runs for the first time. */
export class PageWatch {
  readonly #dull: Uint8Array;
  #letGo = 0;
  #next = 0;

  constructor(
    readonly watch: Pick<Watch, 'add' | 'forget'>,
    /** Instructions retired before. */
    readonly begun: number,
    /** Number of the first page. */
    readonly first: number,
    /** By page whether it is watched at all. */
    readonly pages: readonly boolean[],
  ) {
    this.#dull = new Uint8Array(pages.length);
    this.#watchAll();
  }

  /** A page was written. */
  saw(frame: number, isNews: boolean): void {
    const page = frame - this.first;
    this.#dull[page] = isNews ? 0 : this.#dull[page]! + 1;
    if (this.#dull[page]! < dull) return;
    this.#letGo++;
    this.watch.forget(frame);
  }

  /** Code runs for the first time. */
  newCode(instruction: number): void {
    if (instruction < this.#next) return;
    const share = (instruction - this.begun) * rest.share;
    this.#next = instruction + Math.min(rest.most, Math.max(rest.least, share));
    if (this.#letGo > 0) this.#watchAll();
  }

  #watchAll(): void {
    this.#letGo = 0;
    this.#dull.fill(0);
    this.watch.add(this.first * 4096, this.pages.length * 4096);
    for (const [page, isWatched] of this.pages.entries())
      if (!isWatched) this.watch.forget(this.first + page);
  }

  end(): void {
    this.#next = Number.POSITIVE_INFINITY;
    for (const page of this.pages.keys()) this.watch.forget(this.first + page);
  }
}
