import { fromInteger, invalid, invalidOperand, noteDenormals } from '../float/arithmetic.js';
import { bitLength, finite, infinity, KIND, magnitude, type Real, zero } from '../float/real.js';
import { type Environment, EXCEPTION, type Format, round } from '../float/rounding.js';

/** FSCALE: a × 2^trunc(b) (Intel SDM vol. 2, table 3-27). */
export function scale(e: Environment, format: Format, a: Real, b: Real): Real {
  const special = invalidOperand(e, a, b);
  if (special) return special;
  if (a.kind === KIND.INFINITY) {
    if (b.kind === KIND.INFINITY && b.negative) return invalid(e);
    noteDenormals(e, a, b);
    return a;
  }
  if (a.kind === KIND.ZERO) {
    if (b.kind === KIND.INFINITY && !b.negative) return invalid(e);
    noteDenormals(e, a, b);
    return a;
  }
  noteDenormals(e, a, b);
  if (b.kind === KIND.INFINITY) return b.negative ? zero(a.negative) : infinity(a.negative);
  if (b.kind === KIND.ZERO || magnitude(b) < 0)
    return round(e, format, a.negative, a.exponent, a.significand);
  // Anything beyond 2^17 overflows or underflows all the same.
  const by = magnitude(b) > 16 ? 1 << 17 : Number(truncate(b));
  return round(e, format, a.negative, a.exponent + (b.negative ? -by : by), a.significand);
}

/** |a| without its fraction. */
function truncate({ exponent, significand }: Real): bigint {
  return exponent >= 0 ? significand << BigInt(exponent) : significand >> BigInt(-exponent);
}

/** FXTRACT: exponent and significand of a number. */
export function extract(e: Environment, a: Real): { exponent: Real; significand: Real } {
  const special = invalidOperand(e, a, a);
  if (special) return { exponent: special, significand: special };
  if (a.kind === KIND.INFINITY) return { exponent: infinity(false), significand: a };
  if (a.kind === KIND.ZERO) {
    e.raise(EXCEPTION.ZERO);
    return { exponent: infinity(true), significand: a };
  }
  noteDenormals(e, a);
  const exponent = fromInteger(BigInt(magnitude(a)));
  return { exponent, significand: finite(a.negative, 1 - bitLength(a.significand), a.significand) };
}
