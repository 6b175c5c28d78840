/** Something in a container that could not be read as its format demands; reading went on without it. */
export interface Problem {
  /** Byte offset in the layer. */
  readonly offset: number;
  readonly message: string;
}

/** More than these say nothing new, and a hostile file could make millions. */
const MOST = 64;

/** Collects problems, and stops collecting when there are very many. */
export class Problems {
  readonly list: Problem[] = [];

  add(offset: number, message: string): void {
    if (this.list.length < MOST) this.list.push({ offset, message });
  }
}

/** An offset or size as a number; what exceeds 2^53 − 1 becomes that, which no file reaches. */
export function clamped(value: number | bigint): number {
  return typeof value === 'number' ? value : Number(value > MAX_SAFE ? MAX_SAFE : value);
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
