import { bitLength, finite, infinity, KIND, nan, type Real, zero } from './real.js';

/** Conversion between encodings in memory and unpacked numbers (Intel SDM vol. 1, §4.2.2 and §4.8). */

/** Binary interchange formats of 32 and 64 bits. */
function decodeBinary(bits: bigint, fractionBits: number, exponentBits: number): Real {
  const fraction = BigInt.asUintN(fractionBits, bits);
  const field = Number(BigInt.asUintN(exponentBits, bits >> BigInt(fractionBits)));
  const negative = bits >> BigInt(fractionBits + exponentBits) !== 0n;
  const top = (1 << exponentBits) - 1;
  if (field === top) {
    if (fraction === 0n) return infinity(negative);
    return nan(negative, (1n << 63n) | (fraction << BigInt(63 - fractionBits)));
  }
  const bias = top >> 1;
  if (field === 0) {
    if (fraction === 0n) return zero(negative);
    return finite(negative, 1 - bias - fractionBits, fraction, true);
  }
  return finite(negative, field - bias - fractionBits, fraction | (1n << BigInt(fractionBits)));
}

function encodeBinary(a: Real, fractionBits: number, exponentBits: number): bigint {
  const sign = a.negative ? 1n << BigInt(fractionBits + exponentBits) : 0n;
  const top = (1 << exponentBits) - 1;
  const place = BigInt(fractionBits);
  switch (a.kind) {
    case KIND.ZERO:
      return sign;
    case KIND.INFINITY:
      return sign | (BigInt(top) << place);
    case KIND.NAN:
    case KIND.UNSUPPORTED:
      return sign | (BigInt(top) << place) | (BigInt.asUintN(63, a.significand) >> BigInt(63 - fractionBits));
  }
  const bias = top >> 1;
  const exponent = a.exponent + bitLength(a.significand) - 1;
  const normal = exponent >= 1 - bias;
  const quantum = (normal ? exponent : 1 - bias) - fractionBits;
  const significand = shifted(a.significand, a.exponent - quantum);
  return sign | (BigInt(normal ? exponent + bias : 0) << place) | BigInt.asUintN(fractionBits, significand);
}

const shifted = (value: bigint, by: number): bigint => (by >= 0 ? value << BigInt(by) : value >> BigInt(-by));

export const decode32 = (bits: bigint): Real => decodeBinary(bits, 23, 8);
export const decode64 = (bits: bigint): Real => decodeBinary(bits, 52, 11);
/** The number must have been rounded to the format. */
export const encode32 = (a: Real): bigint => encodeBinary(a, 23, 8);
export const encode64 = (a: Real): bigint => encodeBinary(a, 52, 11);

/** The 80-bit format: significand with its leading bit, and sign with a biased exponent. */
export function decode80(significand: bigint, signExponent: number): Real {
  const negative = (signExponent & 0x8000) !== 0;
  const field = signExponent & 0x7fff;
  if (field === 0) {
    return significand === 0n ? zero(negative) : finite(negative, -16382 - 63, significand, true);
  }
  if (significand >> 63n === 0n) return { kind: KIND.UNSUPPORTED, negative, exponent: field, significand };
  if (field === 0x7fff) {
    return significand === 1n << 63n ? infinity(negative) : nan(negative, significand);
  }
  return finite(negative, field - 16383 - 63, significand);
}

export interface Encoded80 {
  readonly significand: bigint;
  readonly signExponent: number;
}

/** The number must have been rounded to 64 bits or fewer. */
export function encode80(a: Real): Encoded80 {
  const sign = a.negative ? 0x8000 : 0;
  switch (a.kind) {
    case KIND.ZERO:
      return { significand: 0n, signExponent: sign };
    case KIND.INFINITY:
      return { significand: 1n << 63n, signExponent: sign | 0x7fff };
    case KIND.NAN:
      return { significand: a.significand, signExponent: sign | 0x7fff };
    case KIND.UNSUPPORTED:
      return { significand: a.significand, signExponent: sign | a.exponent };
  }
  const exponent = a.exponent + bitLength(a.significand) - 1;
  const normal = exponent >= -16382;
  const quantum = (normal ? exponent : -16382) - 63;
  const significand = shifted(a.significand, a.exponent - quantum);
  return { significand, signExponent: sign | (normal ? exponent + 16383 : 0) };
}
