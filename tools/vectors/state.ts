import { CODE, DATA, type Mode } from './layout.js';
import { Random } from './random.js';

/** x87 and SSE state as FXSAVE writes it, without the reserved end. */
export const fxSize = 416;
export const fx = { control: 0, status: 2, tag: 4, mxcsr: 24, st: 32, xmm: 160 } as const;

export interface State {
  /** RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8–R15. */
  readonly gpr: BigUint64Array;
  /** Linear. */
  rip: bigint;
  flags: number;
  readonly fx: Uint8Array;
}

const bits = (n: number): bigint => 1n << BigInt(n);

/** 64 bits that are interesting more often than chance would have it. */
export function edge(random: Random): bigint {
  switch (random.below(8)) {
    case 0:
      return BigInt.asUintN(64, BigInt(random.below(17) - 8));
    case 1: {
      const n = random.pick([7, 8, 15, 16, 31, 32, 63, 64]);
      return BigInt.asUintN(64, bits(n) + BigInt(random.below(3) - 1));
    }
    case 2:
      return BigInt.asUintN(64, bits(random.below(64)) + BigInt(random.below(3) - 1));
    case 3: {
      const n = random.pick([8, 16, 32]);
      const value = BigInt.asIntN(n, random.next64());
      return BigInt.asUintN(64, random.oneIn(2) ? value : BigInt.asUintN(n, value));
    }
    case 4: {
      // Each byte, word or doubleword an edge of its own.
      let value = 0n;
      for (let i = 0; i < 8; i++) value = (value << 8n) | BigInt(random.pick([0, 1, 0x7f, 0x80, 0xff, 0xfe]));
      return value;
    }
    default:
      return random.next64();
  }
}

const floats = [
  0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001,
  0xff812345, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0x4b000000, 0x4f000000, 0xcf000000, 0x4effffff,
  0x5f000000, 0x3f000000, 0x3fc00000, 0xc0200000,
];
const doubles = [
  0n,
  0x8000000000000000n,
  0x3ff0000000000000n,
  0xbff0000000000000n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0xfff8000000000001n,
  0x7ff0000000000001n,
  0xfff0123456789abcn,
  1n,
  0x800fffffffffffffn,
  0x0010000000000000n,
  0x7fefffffffffffffn,
  0x4330000000000000n,
  0x41e0000000000000n,
  0xc1e0000000000000n,
  0x41dfffffffc00000n,
  0x43e0000000000000n,
  0xc3e0000000000000n,
  0x3fe0000000000000n,
  0x3ff8000000000000n,
  0xc004000000000000n,
];

/** A 32-bit float as bits: a special one, one of moderate size, or anything. */
function float32(random: Random): number {
  const kind = random.below(4);
  if (kind === 0) return random.pick(floats);
  if (kind === 1) return random.next();
  return ((random.next() & 0x807fffff) | ((110 + random.below(35)) << 23)) >>> 0;
}

function float64(random: Random): bigint {
  const kind = random.below(4);
  if (kind === 0) return random.pick(doubles);
  if (kind === 1) return random.next64();
  return (random.next64() & 0x800fffffffffffffn) | (BigInt(1000 + random.below(50)) << 52n);
}

/** Writes an 80-bit extended number. */
function extended(random: Random, view: DataView, at: number): void {
  const sign = random.oneIn(2) ? 0x8000 : 0;
  let significand = random.next64() | 0x8000000000000000n;
  let exponent = 0x3fff + random.below(81) - 40;
  const kind = random.below(10);
  if (kind === 0) {
    // Zeros, infinities, NaNs, denormals.
    const special = random.below(6);
    exponent = special === 0 || special === 4 ? 0 : 0x7fff;
    if (special === 0) significand = 0n;
    else if (special === 1) significand = 0x8000000000000000n;
    else if (special === 2) significand |= 0xc000000000000000n;
    else if (special === 3) significand &= 0xbfffffffffffffffn;
    else if (special === 4) significand &= 0x7fffffffffffffffn;
    else significand = 0xc000000000000000n;
  } else if (kind === 1) exponent = random.below(0x7fff);
  else if (kind <= 4) {
    // A whole number of at most 32 bits.
    const whole = BigInt((random.next() >>> random.below(32)) | 1);
    const length = whole.toString(2).length;
    significand = whole << BigInt(64 - length);
    exponent = 0x3fff + length - 1;
  } else if (kind === 5) significand &= 0xfffffffffffff800n;
  view.setBigUint64(at, BigInt.asUintN(64, significand), true);
  view.setUint16(at + 8, exponent | sign, true);
}

/** The state an instruction starts from; the same seed gives the same state for ever. */
export function inputState(seed: number, mode: Mode): State {
  const random = new Random(seed);
  const gpr = new BigUint64Array(16);
  for (let i = 0; i < 16; i++) gpr[i] = edge(random);
  gpr[4] = BigInt(DATA + 0x400 + 8 * random.below(256));
  if (mode !== 64) for (let i = 0; i < 16; i++) gpr[i] = i < 8 ? BigInt.asUintN(32, gpr[i]!) : 0n;
  if (mode === 16) gpr[4] = gpr[4]! - BigInt(DATA);
  const rip = BigInt(CODE + 0x200 + random.below(0xc00));
  // CF, PF, AF, ZF, SF, OF at random, DF rarely; IF and the fixed bit set.
  const flags = (random.next() & 0x8d5) | 0x202 | (random.oneIn(4) ? 0x400 : 0);
  const image = new Uint8Array(fxSize);
  const view = new DataView(image.buffer);
  for (let i = 0; i < 16; i++) {
    const at = fx.xmm + 16 * i;
    const kind = random.below(4);
    if (kind === 0) for (let lane = 0; lane < 4; lane++) view.setUint32(at + 4 * lane, float32(random), true);
    else
      for (let lane = 0; lane < 2; lane++)
        view.setBigUint64(at + 8 * lane, kind === 1 ? float64(random) : edge(random), true);
  }
  for (let i = 0; i < 8; i++) extended(random, view, fx.st + 16 * i);
  // Precision is mostly extended, all exceptions masked; rounding any way.
  const precision = random.pick([3, 3, 3, 2, 0]);
  view.setUint16(fx.control, 0x7f | (precision << 8) | (random.pick([0, 0, 0, 1, 2, 3]) << 10), true);
  view.setUint16(fx.status, (random.below(8) << 11) | (random.next() & 0x4700), true);
  view.setUint8(fx.tag, random.oneIn(4) ? random.below(256) : 255);
  const modes = (random.pick([0, 0, 0, 1, 2, 3]) << 13) | (random.oneIn(8) ? 0x8000 : 0);
  view.setUint32(fx.mxcsr, 0x1f80 | modes | (random.oneIn(8) ? 0x40 : 0) | random.below(64), true);
  return { gpr, rip, flags, fx: image };
}
