import type { Recording } from '../trace/recording.js';

/** Which code of functions ran. */
export class Covered {
  /** Pieces by row: offset, and what lies behind its end. */
  readonly #pieces = new Map<number, { readonly start: number; readonly end: number }[]>();

  constructor({ firstRuns }: Recording) {
    const { function: rows, offset, size } = firstRuns;
    for (const [i, row] of rows.entries()) {
      const piece = { start: offset[i]!, end: offset[i]! + size[i]! };
      const pieces = this.#pieces.get(row);
      if (pieces) pieces.push(piece);
      else this.#pieces.set(row, [piece]);
    }
  }

  /** Whether what stands at an offset in the function of a row ran. */
  has(row: number, at: number): boolean {
    return this.#pieces.get(row)?.some(({ start, end }) => start <= at && at < end) === true;
  }
}
