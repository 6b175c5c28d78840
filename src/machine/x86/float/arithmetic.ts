import {
  bitLength,
  compareMagnitude,
  finite,
  indefinite,
  infinity,
  isNan,
  isSignaling,
  KIND,
  magnitude,
  negate,
  quiet,
  type Real,
  zero,
} from './real.js';
import { type Environment, EXCEPTION, type Format, ROUND, round, roundShift } from './rounding.js';

/**
 * IEEE 754 arithmetic with the x86 rules for NaNs and exceptions (Intel SDM vol. 1, §4.8.3.5, §4.9, §8.5, §11.5).
 * Every operation rounds once, to the format given.
 */

/** The result for operands of which one is a NaN or unsupported; undefined when neither is. */
export function invalidOperand(e: Environment, a: Real, b: Real): Real | undefined {
  if (a.kind === KIND.UNSUPPORTED || b.kind === KIND.UNSUPPORTED) {
    e.raise(EXCEPTION.INVALID);
    return indefinite;
  }
  if (!isNan(a) && !isNan(b)) return undefined;
  if (isSignaling(a) || isSignaling(b)) e.raise(EXCEPTION.INVALID);
  return chooseNaN(e, a, b);
}

/** Intel SDM vol. 1, table 4-7. */
function chooseNaN(e: Environment, a: Real, b: Real): Real {
  if (!isNan(b)) return quiet(a);
  if (!isNan(a)) return quiet(b);
  if (e.firstNaN) return quiet(a);
  if (isSignaling(a) !== isSignaling(b)) return isSignaling(a) ? b : a;
  if (a.significand !== b.significand) return quiet(a.significand > b.significand ? a : b);
  return quiet(a.negative ? b : a);
}

export function invalid(e: Environment): Real {
  e.raise(EXCEPTION.INVALID);
  return indefinite;
}

export const noteDenormals = (e: Environment, a: Real, b?: Real): void => {
  if (a.denormal || b?.denormal) e.raise(EXCEPTION.DENORMAL);
};

/** Beyond this distance the smaller operand of an addition only decides the direction of rounding. */
const FAR = 200;

export function add(e: Environment, format: Format, a: Real, b: Real): Real {
  const special = invalidOperand(e, a, b);
  if (special) return special;
  if (a.kind === KIND.INFINITY || b.kind === KIND.INFINITY) {
    if (a.kind === b.kind && a.negative !== b.negative) return invalid(e);
    noteDenormals(e, a, b);
    return a.kind === KIND.INFINITY ? a : b;
  }
  noteDenormals(e, a, b);
  if (a.kind === KIND.ZERO) {
    if (b.kind === KIND.ZERO) return a.negative === b.negative ? a : zero(e.rounding === ROUND.DOWN);
    return round(e, format, b.negative, b.exponent, b.significand);
  }
  if (b.kind === KIND.ZERO) return round(e, format, a.negative, a.exponent, a.significand);
  const [large, small] = magnitude(a) >= magnitude(b) ? [a, b] : [b, a];
  let x = large.significand;
  let y = small.significand;
  let { exponent } = small;
  if (magnitude(large) - magnitude(small) > FAR) {
    // A unit far below the last bit stands for the small operand.
    exponent = large.exponent - FAR;
    x <<= BigInt(FAR);
    y = 1n;
  } else if (large.exponent >= exponent) x <<= BigInt(large.exponent - exponent);
  else {
    y <<= BigInt(exponent - large.exponent);
    exponent = large.exponent;
  }
  const sum = a.negative === b.negative ? x + y : x - y;
  if (sum === 0n) return zero(e.rounding === ROUND.DOWN);
  return round(e, format, large.negative !== sum < 0n, exponent, sum < 0n ? -sum : sum);
}

export function subtract(e: Environment, format: Format, a: Real, b: Real): Real {
  return invalidOperand(e, a, b) ?? add(e, format, a, negate(b));
}

export function multiply(e: Environment, format: Format, a: Real, b: Real): Real {
  const special = invalidOperand(e, a, b);
  if (special) return special;
  const negative = a.negative !== b.negative;
  if (a.kind === KIND.INFINITY || b.kind === KIND.INFINITY) {
    if (a.kind === KIND.ZERO || b.kind === KIND.ZERO) return invalid(e);
    noteDenormals(e, a, b);
    return infinity(negative);
  }
  noteDenormals(e, a, b);
  if (a.kind === KIND.ZERO || b.kind === KIND.ZERO) return zero(negative);
  return round(e, format, negative, a.exponent + b.exponent, a.significand * b.significand);
}

export function divide(e: Environment, format: Format, a: Real, b: Real): Real {
  const special = invalidOperand(e, a, b);
  if (special) return special;
  const negative = a.negative !== b.negative;
  if (a.kind === KIND.INFINITY) {
    if (b.kind === KIND.INFINITY) return invalid(e);
    noteDenormals(e, b);
    return infinity(negative);
  }
  if (b.kind === KIND.ZERO) {
    if (a.kind === KIND.ZERO) return invalid(e);
    e.raise(EXCEPTION.ZERO);
    return infinity(negative);
  }
  noteDenormals(e, a, b);
  if (a.kind === KIND.ZERO || b.kind === KIND.INFINITY) return zero(negative);
  const { exponent, significand } = quotient(a, b, format.precision + 2);
  return round(e, format, negative, exponent, significand);
}

/** a / b to at least `bits` bits, with one more below them that is set when there is a rest. */
function quotient(a: Real, b: Real, bits: number): { exponent: number; significand: bigint } {
  const shift = Math.max(bits + bitLength(b.significand) - bitLength(a.significand) + 1, 0);
  const dividend = a.significand << BigInt(shift);
  const whole = dividend / b.significand;
  const rest = dividend - whole * b.significand;
  return {
    exponent: a.exponent - b.exponent - shift - 1,
    significand: (whole << 1n) | (rest === 0n ? 0n : 1n),
  };
}

export function squareRoot(e: Environment, format: Format, a: Real): Real {
  const special = invalidOperand(e, a, a);
  if (special) return special;
  if (a.kind === KIND.ZERO) return a;
  if (a.negative) return invalid(e);
  noteDenormals(e, a);
  if (a.kind === KIND.INFINITY) return a;
  let shift = Math.max(2 * (format.precision + 2) - bitLength(a.significand), 0);
  if ((a.exponent - shift) & 1) shift++;
  const radicand = a.significand << BigInt(shift);
  const root = integerRoot(radicand);
  const rest = radicand === root * root ? 0n : 1n;
  return round(e, format, false, (a.exponent - shift) / 2 - 1, (root << 1n) | rest);
}

/** floor(sqrt(value)) by Newton's iteration from above. */
export function integerRoot(value: bigint): bigint {
  if (value === 0n) return 0n;
  let guess = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** How two numbers compare. */
export const ORDER = { LESS: -1, EQUAL: 0, GREATER: 1, UNORDERED: 2 } as const;

/** `quietly`: only signaling NaNs are invalid (FUCOM, UCOMISD). */
export function compare(e: Environment, a: Real, b: Real, quietly: boolean): number {
  if (a.kind >= KIND.NAN || b.kind >= KIND.NAN) {
    const unsupported = a.kind === KIND.UNSUPPORTED || b.kind === KIND.UNSUPPORTED;
    if (!quietly || unsupported || isSignaling(a) || isSignaling(b)) e.raise(EXCEPTION.INVALID);
    return ORDER.UNORDERED;
  }
  noteDenormals(e, a, b);
  return order(a, b);
}

/** -1, 0, 1 for numbers that are not NaNs. */
export function order(a: Real, b: Real): number {
  const signOf = ({ kind, negative }: Real): number => (kind === KIND.ZERO ? 0 : negative ? -1 : 1);
  const x = signOf(a);
  const y = signOf(b);
  if (x !== y || x === 0) return Math.sign(x - y);
  const larger =
    a.kind === KIND.INFINITY || b.kind === KIND.INFINITY
      ? Number(a.kind === KIND.INFINITY) - Number(b.kind === KIND.INFINITY)
      : compareMagnitude(a, b);
  return larger === 0 ? 0 : larger * x;
}

/** Rounds to an integer in the same format; PE when that changed it. */
export function roundToInteger(e: Environment, a: Real, rounding = e.rounding): Real {
  const special = invalidOperand(e, a, a);
  if (special) return special;
  noteDenormals(e, a);
  if (a.kind !== KIND.FINITE || a.exponent >= 0) return a;
  const whole = wholeOf(e, a, rounding);
  return whole === 0n ? zero(a.negative) : finite(a.negative, 0, whole);
}

/** |a| rounded to an integer; sets PE and `roundedUp`. */
function wholeOf(e: Environment, a: Real, rounding: number): bigint {
  if (a.exponent >= 0) return a.significand << BigInt(a.exponent);
  // Everything below the last 80 bits only decides the direction.
  const shift = -a.exponent;
  const kept =
    shift > bitLength(a.significand) + 2
      ? roundShift(1n, 2, a.negative, rounding)
      : roundShift(a.significand, shift, a.negative, rounding);
  const exact = shift <= bitLength(a.significand) + 2 && kept << BigInt(shift) === a.significand;
  if (!exact) {
    e.raise(EXCEPTION.PRECISION);
    e.roundedUp = shift > bitLength(a.significand) + 2 ? kept !== 0n : kept << BigInt(shift) > a.significand;
  }
  return kept;
}

/** Converts to a signed integer of `bits`; undefined (with IE alone) when it does not fit. */
export function toInteger(e: Environment, a: Real, bits: number, rounding = e.rounding): bigint | undefined {
  if (a.kind === KIND.ZERO) return 0n;
  if (a.kind !== KIND.FINITE || magnitude(a) > bits) {
    e.raise(EXCEPTION.INVALID);
    return undefined;
  }
  const before = e.flags;
  const whole = wholeOf(e, a, rounding);
  const value = a.negative ? -whole : whole;
  if (BigInt.asIntN(bits, value) !== value) {
    e.flags = before | EXCEPTION.INVALID;
    e.roundedUp = false;
    return undefined;
  }
  return value;
}

/** An integer as a number, exact. */
export function fromInteger(value: bigint): Real {
  return value === 0n ? zero(false) : finite(value < 0n, 0, value < 0n ? -value : value);
}

/** Rounds to another format. */
export function convert(e: Environment, format: Format, a: Real): Real {
  if (a.kind < KIND.NAN) noteDenormals(e, a);
  return narrow(e, format, a);
}

/** The same without DE (FST). */
export function narrow(e: Environment, format: Format, a: Real): Real {
  const special = invalidOperand(e, a, a);
  if (special) return special;
  return a.kind === KIND.FINITE ? round(e, format, a.negative, a.exponent, a.significand) : a;
}
