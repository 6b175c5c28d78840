/** What a floating-point number is. `UNSUPPORTED`: an extended encoding that processors since the 387 reject. */
export const KIND = { ZERO: 0, FINITE: 1, INFINITY: 2, NAN: 3, UNSUPPORTED: 4 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/**
 * An unpacked floating-point number, of any format. A finite one is `significand * 2 ** exponent`, not normalised.
 * A NaN's significand is that of the extended format: bit 63 set, bit 62 set when it is quiet, payload left-aligned.
 */
export interface Real {
  readonly kind: Kind;
  readonly negative: boolean;
  readonly exponent: number;
  readonly significand: bigint;
  /** It was encoded as a denormal (or pseudo-denormal), so using it raises DE. */
  readonly denormal?: boolean;
}

const QUIET = 1n << 62n;

export const zero = (negative: boolean): Real => ({
  kind: KIND.ZERO,
  negative,
  exponent: 0,
  significand: 0n,
});
export const infinity = (negative: boolean): Real => ({
  kind: KIND.INFINITY,
  negative,
  exponent: 0,
  significand: 0n,
});
export const finite = (
  negative: boolean,
  exponent: number,
  significand: bigint,
  denormal?: boolean,
): Real => ({ kind: KIND.FINITE, negative, exponent, significand, denormal });
export const nan = (negative: boolean, significand: bigint): Real => ({
  kind: KIND.NAN,
  negative,
  exponent: 0,
  significand,
});
/** What invalid operations yield: "real indefinite" (Intel SDM vol. 1, §4.8.3.7). */
export const indefinite: Real = nan(true, 0xc000000000000000n);

export const negate = (a: Real): Real => ({ ...a, negative: !a.negative });
export const quiet = (a: Real): Real => nan(a.negative, a.significand | QUIET);

export const isNan = (a: Real): boolean => a.kind === KIND.NAN;
export const isSignaling = (a: Real): boolean => a.kind === KIND.NAN && (a.significand & QUIET) === 0n;

const scratch = new DataView(new ArrayBuffer(8));

/** Number of bits up to the highest one set; 0 for 0. */
export function bitLength(value: bigint): number {
  if (value <= 0xffffffffn) return 32 - Math.clz32(Number(value));
  if (value >> 1000n) return 1000 + bitLength(value >> 1000n);
  scratch.setFloat64(0, Number(value));
  const guess = (scratch.getUint16(0) >> 4) - 1022;
  // The conversion may have rounded up to a power of two.
  return value >> BigInt(guess - 1) ? guess : guess - 1;
}

/** Exponent of the highest bit: floor(log2(|a|)) of a finite number. */
export const magnitude = (a: Real): number => a.exponent + bitLength(a.significand) - 1;

/** -1, 0 or 1: |a| compared with |b|, both finite. */
export function compareMagnitude(a: Real, b: Real): number {
  const difference = magnitude(a) - magnitude(b);
  if (difference !== 0) return difference < 0 ? -1 : 1;
  const low = Math.min(a.exponent, b.exponent);
  const x = a.significand << BigInt(a.exponent - low);
  const y = b.significand << BigInt(b.exponent - low);
  return x < y ? -1 : x > y ? 1 : 0;
}
