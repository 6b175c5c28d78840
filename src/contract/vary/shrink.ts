/** Asks whether these make it happen, and is told. */
export type Asking<T, R> = Generator<readonly T[], R, boolean>;

/**
 * As few of `all` as make something happen that all of them do: of what is left, none can be spared. Minimising delta debugging
 * (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input, 2002, section 3.2).
 */
export function* shrink<T>(all: readonly T[]): Asking<T, readonly T[]> {
  let left = all;
  let parts = 2;
  while (left.length > 1) {
    const pieces = split(left, parts);
    const found = yield* first(pieces);
    if (found) {
      left = found;
      parts = 2;
      continue;
    }
    // Of two parts, each is what the other leaves.
    const rests = parts > 2 ? pieces.map((piece) => left.filter((one) => !piece.includes(one))) : [];
    const rest = yield* first(rests);
    if (rest) {
      left = rest;
      parts = Math.max(parts - 1, 2);
    } else if (parts < left.length) parts = Math.min(parts * 2, left.length);
    else return left;
  }
  return left;
}

function* first<T>(candidates: readonly (readonly T[])[]): Asking<T, readonly T[] | undefined> {
  for (const candidate of candidates) if (yield candidate) return candidate;
  return undefined;
}

function split<T>(all: readonly T[], parts: number): T[][] {
  const pieces: T[][] = [];
  for (let i = 0; i < parts; i++) {
    pieces.push(all.slice(Math.floor((i * all.length) / parts), Math.floor(((i + 1) * all.length) / parts)));
  }
  return pieces;
}
