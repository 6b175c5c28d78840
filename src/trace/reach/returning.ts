/** How the code of a function ends. */
export interface Ending {
  /** It returns, or goes where a register or memory says. */
  readonly returns: boolean;
  /** Functions that it jumps to. */
  readonly jumps: readonly number[];
  /** The function behind it, if control may go on there; null: it may not. */
  readonly next: number | null;
  /** The function that is called last before that; null: it is no call. */
  readonly call: number | null;
}

/** Which functions may return, by row: as many as lead to a return; none that ends in a call of one that does not. */
export function returning(endings: ReadonlyMap<number, Ending>): (row: number) => boolean {
  const may = new Set<number>();
  const known = (row: number): boolean => may.has(row) || !endings.has(row);
  for (let before = -1; before !== may.size; ) {
    before = may.size;
    for (const [row, { returns, jumps, next, call }] of endings) {
      if (may.has(row)) continue;
      const falls = next !== null && (call === null || known(call)) && known(next);
      if (returns || falls || jumps.some(known)) may.add(row);
    }
  }
  return known;
}
