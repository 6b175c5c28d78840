import { invalid, invalidOperand, noteDenormals } from '../float/arithmetic.js';
import { finite, KIND, magnitude, type Real, zero } from '../float/real.js';
import { type Environment, extended, round } from '../float/rounding.js';

export interface Remainder {
  readonly result: Real;
  /** Low bits of the quotient; undefined where there is none: invalid operands, a partial reduction. */
  readonly quotient?: number;
  /** The reduction must go on (C2). */
  readonly partial?: boolean;
}

/**
 * FPREM (`nearest` false) and FPREM1. With exponents 64 or more apart only part is done, by a number of bits that
 * manuals leave open (32 to 63).
 */
export function remainder(e: Environment, a: Real, b: Real, nearest: boolean): Remainder {
  const special = invalidOperand(e, a, b);
  if (special) return { result: special };
  if (a.kind === KIND.INFINITY || b.kind === KIND.ZERO) return { result: invalid(e) };
  noteDenormals(e, a, b);
  if (a.kind === KIND.ZERO) return { result: a, quotient: 0 };
  const rounded = (value: Real): Real =>
    round(e, extended, value.negative, value.exponent, value.significand);
  if (b.kind === KIND.INFINITY) return { result: rounded(a), quotient: 0 };
  const distance = magnitude(a) - magnitude(b);
  if (distance < -1) return { result: rounded(a), quotient: 0 };
  const partial = distance >= 64;
  // Both in units of the smaller exponent; a partial reduction is by b shifted up.
  const up = partial ? distance - ((distance & 31) | 32) : 0;
  const low = Math.min(a.exponent, b.exponent + up);
  const x = a.significand << BigInt(a.exponent - low);
  const y = b.significand << BigInt(b.exponent + up - low);
  let quotient = x / y;
  let rest = x - quotient * y;
  let { negative } = a;
  if (nearest && !partial && (2n * rest > y || (2n * rest === y && quotient & 1n))) {
    quotient++;
    rest = y - rest;
    negative = !negative;
  }
  const result = rest === 0n ? zero(a.negative) : rounded(finite(negative, low, rest));
  return partial ? { result, partial } : { result, quotient: Number(quotient & 7n) };
}
