/**
 * Where code was fetched from since its translations were last flushed. Each page is walked once, so that accessed bits
 * do not depend on how often blocks are looked for.
 */
export class Fetches {
  readonly #frames = new Map<number, number>();
  /** The last ones, by the low bits of their page. */
  readonly #tags = new Float64Array(256).fill(Number.NaN);
  readonly #recent = new Float64Array(256);
  /** Every page is one that a load of CR3 leaves mapped. */
  onlyGlobal = true;

  /** Physical page of a linear page. */
  find(page: number): number | undefined {
    const slot = page & 255;
    if (this.#tags[slot] === page) return this.#recent[slot];
    const frame = this.#frames.get(page);
    if (frame === undefined) return undefined;
    this.#tags[slot] = page;
    this.#recent[slot] = frame;
    return frame;
  }

  has(page: number): boolean {
    return this.#frames.has(page);
  }

  enter(page: number, frame: number, global: boolean): void {
    this.#frames.set(page, frame);
    if (!global) this.onlyGlobal = false;
  }

  clear(): void {
    if (this.#frames.size === 0) return;
    this.#frames.clear();
    this.#tags.fill(Number.NaN);
    this.onlyGlobal = true;
  }
}
