import { bitLength, finite, infinity, type Real, zero } from './real.js';

/** Exception flags, at their places in the x87 status word and in MXCSR (Intel SDM vol. 1, §4.9.1). */
export const EXCEPTION = {
  INVALID: 1,
  DENORMAL: 2,
  ZERO: 4,
  OVERFLOW: 8,
  UNDERFLOW: 16,
  PRECISION: 32,
} as const;

/** Rounding control as the x87 control word and MXCSR encode it. */
export const ROUND = { NEAREST: 0, DOWN: 1, UP: 2, ZERO: 3 } as const;

/** Range and precision of a format. */
export interface Format {
  /** Bits of the significand, the leading one included. */
  readonly precision: number;
  /** Exponents of the smallest and the largest normal number. */
  readonly minimum: number;
  readonly maximum: number;
  /**
   * What is added to the exponent of a result whose underflow is not masked (and taken away on overflow); undefined
   * where such a result is not delivered at all.
   */
  readonly wrap?: number;
}

export const binary32: Format = { precision: 24, minimum: -126, maximum: 127 };
export const binary64: Format = { precision: 53, minimum: -1022, maximum: 1023 };
export const extended: Format = { precision: 64, minimum: -16382, maximum: 16383, wrap: 24576 };

/** How to round, which exceptions are masked, and what the operation raised so far. */
export class Environment {
  rounding = 0;
  /** A bit set: that exception is masked. */
  masks = 0x3f;
  flags = 0;
  /** The magnitude of the last rounded result grew (C1 of the x87 status word). */
  roundedUp = false;
  /** SSE's MXCSR.FTZ: results that are tiny become zero. */
  flushToZero = false;
  /** Which NaN of two is the result: SSE takes the first operand, the x87 the larger significand. */
  firstNaN = false;

  raise(flags: number): void {
    this.flags |= flags;
  }
}

/** Rounds a significand to a multiple of `2 ** shift`, returned divided by that. */
export function roundShift(significand: bigint, shift: number, negative: boolean, rounding: number): bigint {
  const by = BigInt(shift);
  const kept = significand >> by;
  const rest = significand - (kept << by);
  if (rest === 0n) return kept;
  switch (rounding) {
    case ROUND.NEAREST: {
      const half = 1n << (by - 1n);
      return rest > half || (rest === half && kept & 1n) ? kept + 1n : kept;
    }
    case ROUND.DOWN:
      return negative ? kept + 1n : kept;
    case ROUND.UP:
      return negative ? kept : kept + 1n;
    default:
      return kept;
  }
}

/**
 * Rounds `significand * 2 ** exponent` (not zero) to a format. Sets OE, UE and PE as the masks demand (Intel SDM vol. 1,
 * §4.9.1.4–6): tininess is detected after rounding; masked underflow is flagged only when the result is inexact.
 */
export function round(
  environment: Environment,
  format: Format,
  negative: boolean,
  exponent: number,
  significand: bigint,
): Real {
  const { rounding, masks } = environment;
  const { precision, minimum, maximum, wrap } = format;
  const top = exponent + bitLength(significand) - 1;
  const unbounded = top - (precision - 1);
  const grow = (quantum: number): bigint =>
    quantum <= exponent
      ? significand << BigInt(exponent - quantum)
      : roundShift(significand, quantum - exponent, negative, rounding);
  const isExact = (kept: bigint, quantum: number): boolean =>
    quantum <= exponent || kept << BigInt(quantum - exponent) === significand;

  let quantum = unbounded;
  let kept = grow(quantum);
  const tiny = top < minimum && quantum + bitLength(kept) - 1 < minimum;
  if (top < minimum && (!tiny || masks & EXCEPTION.UNDERFLOW)) {
    quantum = minimum - (precision - 1);
    if (tiny && environment.flushToZero) {
      environment.raise(EXCEPTION.UNDERFLOW | EXCEPTION.PRECISION);
      environment.roundedUp = false;
      return zero(negative);
    }
    kept = grow(quantum);
  }
  const exact = isExact(kept, quantum);
  environment.roundedUp = !exact && kept << BigInt(Math.max(quantum - exponent, 0)) > significand;
  if (!exact) environment.raise(EXCEPTION.PRECISION);
  if (tiny) {
    if (!(masks & EXCEPTION.UNDERFLOW)) {
      environment.raise(EXCEPTION.UNDERFLOW);
      if (wrap === undefined || quantum + bitLength(kept) - 1 + wrap >= minimum)
        return finite(negative, quantum + (wrap ?? 0), kept);
      // Too small even so (FSCALE).
      environment.raise(EXCEPTION.PRECISION);
      environment.roundedUp = false;
      return zero(negative);
    }
    if (!exact) environment.raise(EXCEPTION.UNDERFLOW);
    return kept === 0n ? zero(negative) : finite(negative, quantum, kept);
  }
  if (quantum + bitLength(kept) - 1 > maximum) {
    environment.raise(EXCEPTION.OVERFLOW);
    if (!(masks & EXCEPTION.OVERFLOW)) {
      if (wrap === undefined || quantum + bitLength(kept) - 1 - wrap <= maximum)
        return finite(negative, quantum - (wrap ?? 0), kept);
      // Too large even so (FSCALE).
      environment.raise(EXCEPTION.PRECISION);
      environment.roundedUp = true;
      return infinity(negative);
    }
    environment.raise(EXCEPTION.PRECISION);
    return overflowed(environment, format, negative);
  }
  return finite(negative, quantum, kept);
}

/** The masked response to overflow: infinity, or the largest finite number when rounding points inward. */
function overflowed(environment: Environment, { precision, maximum }: Format, negative: boolean): Real {
  const { rounding } = environment;
  const inward =
    rounding === ROUND.ZERO || (rounding === ROUND.DOWN && !negative) || (rounding === ROUND.UP && negative);
  environment.roundedUp = !inward;
  if (!inward) return infinity(negative);
  return finite(negative, maximum - (precision - 1), (1n << BigInt(precision)) - 1n);
}
