import { integerRoot } from './arithmetic.js';

/**
 * Elementary functions in fixed point: numbers are bigints in units of 2 ** -bits. Series are summed until their terms
 * vanish, so errors are a few units.
 */

/** ln 2 = sum of 1 / (k 2^k), pi by Machin's formula: found once for each precision asked for. */
const cache = new Map<string, bigint>();
function cached(name: string, bits: number, make: (bits: number) => bigint): bigint {
  const key = `${name} ${bits}`;
  let value = cache.get(key);
  if (value === undefined) cache.set(key, (value = make(bits + 32) >> 32n));
  return value;
}

function inverseTangent(inverse: bigint, bits: number): bigint {
  let power = (1n << BigInt(bits)) / inverse;
  let sum = 0n;
  for (let k = 1n; power; k += 2n) {
    sum += k & 2n ? -(power / k) : power / k;
    power /= inverse * inverse;
  }
  return sum;
}

export const pi = (bits: number): bigint =>
  cached('pi', bits, (b) => 4n * (4n * inverseTangent(5n, b) - inverseTangent(239n, b)));

export const ln2 = (bits: number): bigint =>
  cached('ln2', bits, (b) => {
    // ln 2 = 2 artanh(1/3).
    let power = (1n << BigInt(b)) / 3n;
    let sum = 0n;
    for (let k = 1n; power; k += 2n, power /= 9n) sum += power / k;
    return 2n * sum;
  });

/** e^t - 1, |t| < 1. */
export function exponentialMinusOne(t: bigint, bits: number): bigint {
  const by = BigInt(bits);
  let term = t;
  let sum = 0n;
  for (let k = 2n; term; k++) {
    sum += term;
    // Divided, not shifted: towards zero, so that negative terms vanish too.
    term = (term * t) / (k << by);
  }
  return sum;
}

/** artanh(z), |z| < 1/2. */
export function artanh(z: bigint, bits: number): bigint {
  const one = 1n << BigInt(bits);
  const square = (z * z) / one;
  let power = z;
  let sum = 0n;
  for (let k = 1n; power; k += 2n) {
    sum += power / k;
    power = (power * square) / one;
  }
  return sum;
}

/** arctan(r), 0 ≤ r ≤ 1. */
export function arctangent(r: bigint, bits: number): bigint {
  const by = BigInt(bits);
  const one = 1n << by;
  // arctan r = 2 arctan(r / (1 + sqrt(1 + r²))), three times.
  let x = r;
  for (let i = 0; i < 3; i++) {
    const root = integerRoot((one * one + x * x) >> 0n);
    x = (x << by) / (one + root);
  }
  const square = (x * x) >> by;
  let power = x;
  let sum = 0n;
  for (let k = 1n; power; k += 2n) {
    sum += k & 2n ? -(power / k) : power / k;
    power = (power * square) >> by;
  }
  return sum << 3n;
}

/** sin(t) and cos(t), |t| ≤ 1. */
export function sineAndCosine(t: bigint, bits: number): { sine: bigint; cosine: bigint } {
  const one = 1n << BigInt(bits);
  let term = one;
  let sine = 0n;
  let cosine = 0n;
  for (let k = 1n; term; k++) {
    if (k & 1n) cosine += k & 2n ? -term : term;
    else sine += k & 2n ? term : -term;
    term = (term * t) / (k * one);
  }
  return { sine, cosine };
}
