import { fromInteger, invalid, invalidOperand, noteDenormals } from '../float/arithmetic.js';
import { arctangent, artanh, exponentialMinusOne, ln2, pi, sineAndCosine } from '../float/fixed.js';
import { bitLength, finite, infinity, KIND, magnitude, type Real, zero } from '../float/real.js';
import { type Environment, EXCEPTION, extended, round } from '../float/rounding.js';

/**
 * The x87's transcendental functions (Intel SDM vol. 1, §8.3.6–8.3.10). They are computed to some 190 bits and rounded
 * once, so results are correctly rounded but for those within 2^-120 of the middle between two numbers. Processors stay
 * within one unit in the last place of that, and mostly agree. The trigonometric functions are those of the argument
 * reduced by the processors' pi of 66 bits, so near multiples of pi they are as far from the truth as real ones.
 */

/** Bits behind the point while computing. */
const BITS = 256;
const ONE = 1n << BigInt(BITS);
/** Below this magnitude a function is its first term, with the second only deciding the direction of rounding. */
const TINY = -68;

/** An irrational result: `value * 2 ** -bits`, a bit below it stands for the rest. */
function irrational(e: Environment, value: bigint, bits = BITS): Real {
  const negative = value < 0n;
  return round(e, extended, negative, -bits - 1, ((negative ? -value : value) << 1n) | 1n);
}

/** A finite number as a fixed-point one, cut towards zero. */
function fixed(a: Real, bits = BITS): bigint {
  const shift = a.exponent + bits;
  const value = shift >= 0 ? a.significand << BigInt(shift) : a.significand >> BigInt(-shift);
  return a.negative ? -value : value;
}

/** A tiny number, a little larger (`grow`) or smaller in magnitude. */
function nearly(e: Environment, a: Real, grow: boolean): Real {
  const significand = (a.significand << 140n) + (grow ? 1n : -1n);
  return round(e, extended, a.negative, a.exponent - 140, significand);
}

/** a × b with b fixed-point: for arguments so small that the function is linear. */
function scaled(e: Environment, a: Real, factor: bigint): Real {
  return round(e, extended, a.negative, a.exponent - BITS - 1, ((a.significand * factor) << 1n) | 1n);
}

/** F2XM1: 2^a - 1 for a from -1 to 1. */
export function powerOfTwoMinusOne(e: Environment, a: Real): Real {
  const special = invalidOperand(e, a, a);
  if (special) return special;
  noteDenormals(e, a);
  if (a.kind === KIND.ZERO) return a;
  if (a.kind === KIND.INFINITY) return a.negative ? fromInteger(-1n) : a;
  const size = magnitude(a);
  if (size > 0 || (size === 0 && !isPowerOfTwo(a))) return undefinedResult(e, a);
  if (size === 0) {
    // Exact, but flagged as what it may be in between.
    e.raise(EXCEPTION.PRECISION);
    e.roundedUp = !a.negative;
    return a.negative ? finite(true, -1, 1n) : fromInteger(1n);
  }
  if (size < TINY) return scaled(e, a, ln2(BITS));
  const t = (fixed(a) * ln2(BITS)) / ONE;
  return irrational(e, exponentialMinusOne(t, BITS));
}

/** Arguments for which a function is undefined: AMD's processors give one back, and flag it as inexact. */
function undefinedResult(e: Environment, a: Real): Real {
  e.raise(EXCEPTION.PRECISION);
  return a;
}

const isPowerOfTwo = ({ significand }: Real): boolean => (significand & (significand - 1n)) === 0n;

/** log2 of a positive finite number, as fixed-point. */
function logarithm(a: Real): bigint {
  let exponent = magnitude(a);
  let mantissa = fixed({ ...a, exponent: a.exponent - exponent });
  // From sqrt(1/2) to sqrt(2), roughly.
  if (mantissa > (ONE * 181n) / 128n) {
    exponent++;
    mantissa >>= 1n;
  }
  const z = ((mantissa - ONE) * ONE) / (mantissa + ONE);
  return BigInt(exponent) * ONE + (2n * artanh(z, BITS) * ONE) / ln2(BITS);
}

/** b × log, log in fixed point. */
function timesLog(e: Environment, b: Real, log: bigint, exact: boolean): Real {
  const negative = b.negative !== log < 0n;
  const product = b.significand * (log < 0n ? -log : log);
  if (exact) {
    // Flagged all the same: processors do not look.
    e.raise(EXCEPTION.PRECISION);
    const result = round(e, extended, negative, b.exponent - BITS, product);
    if (magnitude(result) < extended.minimum) e.raise(EXCEPTION.UNDERFLOW);
    return result;
  }
  return round(e, extended, negative, b.exponent - BITS - 1, (product << 1n) | 1n);
}

/** FYL2X: b × log2(a). */
export function timesLogarithm(e: Environment, a: Real, b: Real): Real {
  const special = invalidOperand(e, a, b);
  if (special) return special;
  if (a.negative && a.kind !== KIND.ZERO) return invalid(e);
  if (a.kind === KIND.ZERO) {
    if (b.kind === KIND.ZERO) return invalid(e);
    if (b.kind === KIND.FINITE) e.raise(EXCEPTION.ZERO);
    return infinity(!b.negative);
  }
  if (a.kind === KIND.INFINITY) {
    if (b.kind === KIND.ZERO) return invalid(e);
    noteDenormals(e, b);
    return infinity(b.negative);
  }
  const isOne = magnitude(a) === 0 && isPowerOfTwo(a);
  const below = magnitude(a) < 0;
  if (b.kind === KIND.INFINITY) {
    if (isOne) return invalid(e);
    noteDenormals(e, a);
    return infinity(b.negative !== below);
  }
  noteDenormals(e, a, b);
  if (b.kind === KIND.ZERO || isOne) return zero(b.negative !== below);
  return timesLog(e, b, logarithm(a), isPowerOfTwo(a));
}

/** FYL2XP1: b × log2(a + 1); accurate also where a is tiny. */
export function timesLogarithmPlusOne(e: Environment, a: Real, b: Real): Real {
  const special = invalidOperand(e, a, b);
  if (special) return special;
  if (a.kind === KIND.INFINITY) {
    if (a.negative || b.kind === KIND.ZERO) return invalid(e);
    noteDenormals(e, b);
    return infinity(b.negative);
  }
  const negative = a.negative !== b.negative;
  if (b.kind === KIND.INFINITY) {
    if (a.kind === KIND.ZERO) return invalid(e);
    noteDenormals(e, a);
    return infinity(negative);
  }
  noteDenormals(e, a, b);
  if (a.kind === KIND.ZERO || b.kind === KIND.ZERO) return zero(negative);
  const size = magnitude(a);
  if (size < TINY) {
    // log2(1 + a) = a / ln 2, but for less than a last bit.
    const product = a.significand * b.significand * ((ONE * ONE) / ln2(BITS));
    return round(e, extended, negative, a.exponent + b.exponent - BITS - 1, (product << 1n) | 1n);
  }
  // At and below -1 there is no logarithm.
  if (a.negative && size >= 0) return undefinedResult(e, a);
  if (size > 64) return timesLog(e, b, logarithm(a), false);
  const sum = ONE + fixed(a);
  const plusOne = finite(false, -BITS, sum);
  if (size < -1) {
    const z = (fixed(a) * ONE) / (sum + ONE);
    return timesLog(e, b, (2n * artanh(z, BITS) * ONE) / ln2(BITS), false);
  }
  return timesLog(e, b, logarithm(plusOne), isPowerOfTwo(plusOne));
}

/** An angle of so many eighths of a turn, halved: n × pi / 4. */
function quarterTurns(e: Environment, n: bigint, negative: boolean): Real {
  const angle = (pi(BITS) * n) >> 2n;
  return irrational(e, negative ? -angle : angle);
}

/** FPATAN: the angle of the point (x, y). */
export function arctangentOf(e: Environment, y: Real, x: Real): Real {
  const special = invalidOperand(e, x, y);
  if (special) return special;
  noteDenormals(e, x, y);
  const { negative } = y;
  if (y.kind === KIND.INFINITY) {
    return quarterTurns(e, x.kind !== KIND.INFINITY ? 2n : x.negative ? 3n : 1n, negative);
  }
  if (x.kind === KIND.INFINITY || y.kind === KIND.ZERO)
    return x.negative ? quarterTurns(e, 4n, negative) : zero(negative);
  if (x.kind === KIND.ZERO) return quarterTurns(e, 2n, negative);
  const distance = magnitude(y) - magnitude(x);
  if (distance < TINY) {
    if (x.negative) return quarterTurns(e, 4n, negative);
    return smallQuotient(e, y, x, negative);
  }
  if (distance > -TINY) return quarterTurns(e, 2n, negative);
  // The quotient of the smaller by the larger.
  const steep = distance > 0 || (distance === 0 && ratio(y, x) > ONE);
  const angle = steep ? (pi(BITS) >> 1n) - arctangent(ratio(x, y), BITS) : arctangent(ratio(y, x), BITS);
  const whole = x.negative ? pi(BITS) - angle : angle;
  return irrational(e, negative ? -whole : whole);
}

/** |a / b| as fixed-point. */
function ratio(a: Real, b: Real): bigint {
  const shift = a.exponent - b.exponent + BITS;
  return shift >= 0
    ? (a.significand << BigInt(shift)) / b.significand
    : a.significand / (b.significand << BigInt(-shift));
}

/** arctan of a tiny quotient: the quotient, a little less. */
function smallQuotient(e: Environment, y: Real, x: Real, negative: boolean): Real {
  const shift = 160 + bitLength(x.significand) - bitLength(y.significand);
  const quotient = (((y.significand << BigInt(shift)) / x.significand) << 1n) - 1n;
  return round(e, extended, negative, y.exponent - x.exponent - shift - 1, quotient);
}

/** The pi that arguments are reduced by: 66 bits (Intel SDM vol. 1, §8.3.8; AMD's processors have the same). */
const REDUCTION_PI = 0xc90fdaa22168c234cn;
const REDUCTION_BITS = 66;

/** An angle as what is left of whole quarter turns, from -pi/4 to pi/4. */
function reduce(a: Real): { rest: bigint; quarters: bigint } {
  const half = (REDUCTION_PI << BigInt(BITS - REDUCTION_BITS)) >> 1n;
  const angle = fixed(a);
  const turned = 2n * angle + half;
  const quarters = turned / (2n * half) - (turned < 0n ? 1n : 0n);
  return { rest: angle - quarters * half, quarters };
}

/** What FSIN, FCOS, FSINCOS, FPTAN compute. */
export interface Trigonometric {
  readonly sine: () => Real;
  readonly cosine: () => Real;
  readonly tangent: () => Real;
}

/** Undefined when the argument is beyond ±2^63: C2 is set, nothing else done. */
export function trigonometric(e: Environment, a: Real): Trigonometric | undefined {
  const special = invalidOperand(e, a, a);
  const always = (value: Real): Trigonometric => ({
    sine: () => value,
    cosine: () => value,
    tangent: () => value,
  });
  if (special) return always(special);
  if (a.kind === KIND.INFINITY) return always(invalid(e));
  if (a.kind === KIND.ZERO) {
    return { sine: () => a, cosine: () => fromInteger(1n), tangent: () => a };
  }
  if (magnitude(a) >= 63) return undefined;
  noteDenormals(e, a);
  if (magnitude(a) < TINY) {
    return {
      sine: () => nearly(e, a, false),
      cosine: () => nearly(e, fromInteger(1n), false),
      tangent: () => nearly(e, a, true),
    };
  }
  const { rest, quarters } = reduce(a);
  const { sine, cosine } = sineAndCosine(rest, BITS);
  const quarter = Number(BigInt.asUintN(2, quarters));
  const values = [sine, cosine, -sine, -cosine];
  const s = values[quarter]!;
  const c = values[(quarter + 1) & 3]!;
  return {
    sine: () => irrational(e, s),
    cosine: () => irrational(e, c),
    tangent: () => irrational(e, (s * ONE) / c),
  };
}
