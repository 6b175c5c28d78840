import { fromInteger, toInteger } from '../float/arithmetic.js';
import { type Real, zero } from '../float/real.js';
import { type Environment, EXCEPTION } from '../float/rounding.js';

/** Packed decimal integers of 18 digits in ten bytes (Intel SDM vol. 1, §4.7). */

/** What FBSTP writes when its operand does not fit. */
export const INDEFINITE_DECIMAL = 0xffffc000000000000000n;

/** Digits above 9 are taken at their value, as processors do. */
export function fromDecimal(bits: bigint): Real {
  let value = 0n;
  for (let digit = 17n; digit >= 0n; digit--) value = value * 10n + ((bits >> (4n * digit)) & 15n);
  const negative = ((bits >> 79n) & 1n) !== 0n;
  return value === 0n ? zero(negative) : { ...fromInteger(value), negative };
}

/** Undefined (with IE) when it has more than 18 digits. */
export function toDecimal(e: Environment, a: Real): bigint | undefined {
  const before = e.flags;
  const value = toInteger(e, a, 64);
  if (value === undefined) return undefined;
  let rest = value < 0n ? -value : value;
  if (rest >= 10n ** 18n) {
    e.flags = before | EXCEPTION.INVALID;
    e.roundedUp = false;
    return undefined;
  }
  let bits = a.negative ? 1n << 79n : 0n;
  for (let digit = 0n; rest; digit++, rest /= 10n) bits |= (rest % 10n) << (4n * digit);
  return bits;
}
