/**
 * RCPPS and RSQRTPS. The manuals allow any result within 1.5 · 2^-12 of the true one (Intel SDM vol. 2, RCPPS), and
 * Intel's and AMD's processors differ; ours are the true values rounded to 12 bits. No exceptions; denormals count as
 * zeros and are never results.
 */

const float = new Float32Array(1);
const bitsOf = new Uint32Array(float.buffer);

const QUIET = 0x00400000;
const INFINITY = 0x7f800000;

function fromBits(bits: number): number {
  bitsOf[0] = bits;
  return float[0]!;
}

/** Rounds a positive or negative value to 12 bits of significand. */
function rounded(value: number): number {
  float[0] = value;
  const bits = bitsOf[0]!;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= INFINITY) return bits;
  if (magnitude < 0x00800000) return (bits & 0x80000000) >>> 0;
  return ((bits + 0x400) & ~0x7ff) >>> 0;
}

/** A quieted NaN, a denormal as zero, or the number itself, as bits. */
const prepared = (bits: number): number => {
  const magnitude = bits & 0x7fffffff;
  if (magnitude > INFINITY) return (bits | QUIET) >>> 0;
  return magnitude < 0x00800000 ? (bits & 0x80000000) >>> 0 : bits;
};

export function reciprocal(bits: number): number {
  const input = prepared(bits);
  if ((input & 0x7fffffff) > INFINITY) return input;
  return rounded(1 / fromBits(input));
}

export function reciprocalRoot(bits: number): number {
  const input = prepared(bits);
  if ((input & 0x7fffffff) > INFINITY) return input;
  if (input === 0x80000000) return 0xff800000;
  if (input >>> 31) return 0xffc00000;
  return rounded(1 / Math.sqrt(fromBits(input)));
}
