import { describe, expect, test } from 'vitest';
import { add, compare, divide, multiply, ORDER, squareRoot, subtract, toInteger } from './arithmetic.js';
import { decode32, decode64, decode80, encode32, encode64, encode80 } from './encode.js';
import { arctangent, exponentialMinusOne, ln2, pi, sineAndCosine } from './fixed.js';
import { bitLength, finite, type Real } from './real.js';
import { binary32, binary64, Environment, EXCEPTION, extended, ROUND, round } from './rounding.js';

const view = new DataView(new ArrayBuffer(8));
const bitsOf = (value: number): bigint => {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
};
const real = (value: number): Real => decode64(bitsOf(value));
const number = (a: Real): number => {
  view.setBigUint64(0, encode64(a));
  return view.getFloat64(0);
};

/** A fixed sequence of doubles of all magnitudes, special ones among them. */
function* doubles(count: number): Iterable<number> {
  let seed = 0x9e3779b97f4a7c15n;
  const special = [0, -0, 1, -1, Infinity, -Infinity, 5e-324, 2.2250738585072014e-308, Number.MAX_VALUE, 3];
  for (let i = 0; i < count; i++) {
    seed = BigInt.asUintN(64, seed * 6364136223846793005n + 1442695040888963407n);
    if (i % 4 === 0) yield special[Number(seed >> 60n) % special.length]!;
    else if (i % 4 === 1) yield Number(BigInt.asIntN(32, seed >> 20n));
    else {
      // Exponents near each other, or any at all.
      const exponent = i % 4 === 2 ? 1000n + ((seed >> 54n) & 63n) : (seed >> 52n) & 0x7ffn;
      view.setBigUint64(0, (seed & 0x800fffffffffffffn) | (exponent << 52n));
      const value = view.getFloat64(0);
      yield Number.isNaN(value) ? 2 : value;
    }
  }
}

describe('to nearest, as JavaScript computes', () => {
  const values = [...doubles(400)];
  const pairs = values.flatMap((a, i) =>
    [7, 31, 90].map((step) => [a, values[(i * step + 1) % values.length]!]),
  );

  test.each([
    ['+', add, (a: number, b: number) => a + b],
    ['-', subtract, (a: number, b: number) => a - b],
    ['×', multiply, (a: number, b: number) => a * b],
    ['÷', divide, (a: number, b: number) => a / b],
  ] as const)('double %s', (_, ours, theirs) => {
    for (const [a, b] of pairs as [number, number][]) {
      expect(number(ours(new Environment(), binary64, real(a), real(b)))).toBe(theirs(a, b));
    }
  });

  test('double √, and single by rounding', () => {
    for (const a of values) {
      expect(number(squareRoot(new Environment(), binary64, real(a)))).toBe(Math.sqrt(a));
      const single = real(a);
      if (single.kind !== 1) continue;
      const rounded = round(
        new Environment(),
        binary32,
        single.negative,
        single.exponent,
        single.significand,
      );
      expect(number(decode32(encode32(rounded)))).toBe(Math.fround(a));
    }
  });
});

describe('directed rounding', () => {
  const third = (rounding: number, negative: boolean): { value: number; up: boolean } => {
    const e = new Environment();
    e.rounding = rounding;
    const value = number(divide(e, binary64, real(negative ? -1 : 1), real(3)));
    expect(e.flags).toBe(EXCEPTION.PRECISION);
    return { value, up: e.roundedUp };
  };
  const low = 0.3333333333333333;
  const high = 0.33333333333333337;

  test('a third', () => {
    expect(third(ROUND.NEAREST, false)).toEqual({ value: low, up: false });
    expect(third(ROUND.DOWN, false)).toEqual({ value: low, up: false });
    expect(third(ROUND.UP, false)).toEqual({ value: high, up: true });
    expect(third(ROUND.ZERO, false)).toEqual({ value: low, up: false });
    expect(third(ROUND.DOWN, true)).toEqual({ value: -high, up: true });
    expect(third(ROUND.UP, true)).toEqual({ value: -low, up: false });
  });

  test('1 - 1 is -0 only downwards; overflow stays finite when rounding inwards', () => {
    const e = new Environment();
    e.rounding = ROUND.DOWN;
    expect(number(subtract(e, binary64, real(1), real(1)))).toBe(-0);
    const large = real(Number.MAX_VALUE);
    expect(number(add(e, binary64, large, large))).toBe(Number.MAX_VALUE);
    expect(e.flags).toBe(EXCEPTION.OVERFLOW | EXCEPTION.PRECISION);
  });

  test('an addend far below the last bit still decides', () => {
    const e = new Environment();
    e.rounding = ROUND.UP;
    expect(number(add(e, binary64, real(1), real(5e-324)))).toBe(1.0000000000000002);
    e.rounding = ROUND.ZERO;
    expect(number(subtract(e, binary64, real(1), real(5e-324)))).toBe(0.9999999999999999);
  });
});

describe('underflow', () => {
  const tiny = (masks: number, significand: bigint): { flags: number; result: Real } => {
    const e = new Environment();
    e.masks = masks;
    const result = round(e, extended, false, -16382 - 64, significand);
    return { flags: e.flags, result };
  };

  test('masked: flagged only when inexact, and not when rounding makes it normal', () => {
    expect(tiny(0x3f, 0b10n).flags).toBe(0);
    expect(tiny(0x3f, 0b11n).flags).toBe(EXCEPTION.UNDERFLOW | EXCEPTION.PRECISION);
    expect(tiny(0x3f, (1n << 65n) - 1n).flags).toBe(EXCEPTION.PRECISION);
  });

  test('unmasked: the exponent is wrapped', () => {
    const { flags, result } = tiny(0x2f, 0b10n);
    expect(flags).toBe(EXCEPTION.UNDERFLOW);
    expect(encode80(result)).toEqual({ significand: 1n << 63n, signExponent: 1 - 63 + 24576 });
  });
});

test('every extended encoding survives', () => {
  for (const signExponent of [0, 1, 0x3fff, 0x7ffe, 0x7fff, 0x8000, 0xbfff, 0xffff]) {
    for (const significand of [0n, 1n, 1n << 62n, 1n << 63n, 3n << 62n, (1n << 64n) - 1n]) {
      const encoded = encode80(decode80(significand, signExponent));
      // A pseudo-denormal becomes the normal number it equals.
      const pseudo = (signExponent & 0x7fff) === 0 && significand >> 63n ? 1 : 0;
      expect(encoded).toEqual({ significand, signExponent: signExponent + pseudo });
    }
  }
});

test('integers: what does not fit is invalid and nothing else', () => {
  const e = new Environment();
  expect(toInteger(e, real(2147483647), 32)).toBe(2147483647n);
  expect(toInteger(e, real(-2147483648), 32)).toBe(-2147483648n);
  expect(e.flags).toBe(0);
  expect(toInteger(e, real(2147483647.5), 32)).toBeUndefined();
  expect(e.flags).toBe(EXCEPTION.INVALID);
  expect(toInteger(new Environment(), real(2.5), 32)).toBe(2n);
  expect(toInteger(new Environment(), real(-0.75), 32, ROUND.ZERO)).toBe(0n);
});

test('comparison', () => {
  const e = new Environment();
  expect(compare(e, real(-0), real(0), false)).toBe(ORDER.EQUAL);
  expect(compare(e, real(-2), real(-1), false)).toBe(ORDER.LESS);
  expect(compare(e, real(Infinity), real(1), false)).toBe(ORDER.GREATER);
  expect(compare(e, real(Number.NaN), real(1), true)).toBe(ORDER.UNORDERED);
  expect(e.flags).toBe(0);
  expect(compare(e, real(Number.NaN), real(1), false)).toBe(ORDER.UNORDERED);
  expect(e.flags).toBe(EXCEPTION.INVALID);
});

test('bit lengths', () => {
  for (const n of [0, 1, 31, 32, 33, 52, 53, 54, 63, 64, 200, 1023, 1024, 5000]) {
    expect(bitLength(1n << BigInt(n))).toBe(n + 1);
    expect(bitLength((1n << BigInt(n + 1)) - 1n)).toBe(n + 1);
  }
  expect(bitLength(0n)).toBe(0);
});

describe('fixed-point functions', () => {
  const BITS = 128;
  const asNumber = (value: bigint): number =>
    number(round(new Environment(), binary64, value < 0n, -BITS, value < 0n ? -value : value));
  const asFixed = (value: number): bigint => {
    const { negative, exponent, significand } = real(value);
    const fixed =
      exponent + BITS >= 0 ? significand << BigInt(exponent + BITS) : significand >> BigInt(-exponent - BITS);
    return negative ? -fixed : fixed;
  };

  test('constants', () => {
    expect(asNumber(pi(BITS))).toBe(Math.PI);
    expect(asNumber(ln2(BITS))).toBe(Math.LN2);
  });

  test('against the host', () => {
    for (const x of [0.001, 0.3, 0.5, 0.75, -0.25, -0.7]) {
      expect(asNumber(exponentialMinusOne(asFixed(x), BITS))).toBeCloseTo(Math.expm1(x), 14);
      expect(asNumber(sineAndCosine(asFixed(x), BITS).sine)).toBeCloseTo(Math.sin(x), 14);
      expect(asNumber(sineAndCosine(asFixed(x), BITS).cosine)).toBeCloseTo(Math.cos(x), 14);
      expect(asNumber(arctangent(asFixed(Math.abs(x)), BITS))).toBeCloseTo(Math.atan(Math.abs(x)), 14);
    }
  });
});

test('a finite number is its significand times a power of two', () => {
  expect(number(finite(true, -3, 12n))).toBe(-1.5);
});
