import { CODE, DATA } from './layout.js';
import { Random } from './random.js';
import { fx } from './state.js';
import { type Patch, RIP_REGISTER, type Vector } from './vector.js';

/**
 * Floating-point operations on pairs of numbers that are special, under random control words: infinities, NaNs,
 * denormals, encodings no longer supported, the neighbours of limits. A seed takes a third of the pairs for the x87 and
 * half of them for SSE.
 */

/** Significand, then sign and exponent. */
const extended: readonly (readonly [bigint, number])[] = [
  [0n, 0],
  [0n, 0x8000],
  [0x8000000000000000n, 0x3fff],
  [0x8000000000000000n, 0xbfff],
  [0xc000000000000000n, 0x4000],
  [0xaaaaaaaaaaaaaaabn, 0x3ffd],
  [0x8000000000000000n, 0x7fff],
  [0x8000000000000000n, 0xffff],
  [0xc000000000000000n, 0x7fff],
  [0xc000000000000123n, 0xffff],
  [0x8000000000000001n, 0x7fff],
  [0xbfffffffffffffffn, 0xffff],
  // Denormals, a pseudo-denormal, an unnormal, a pseudo-infinity, a pseudo-NaN.
  [1n, 0],
  [0x7fffffffffffffffn, 0x8000],
  [0x8000000000000000n, 0],
  [0x4000000000000000n, 0x3fff],
  [0n, 0x7fff],
  [0x4000000000000000n, 0xffff],
  // The smallest and the largest number, and what overflows or underflows with a neighbour.
  [0x8000000000000000n, 1],
  [0xffffffffffffffffn, 0x7ffe],
  [0x8000000000000001n, 0x2000],
  [0xfffffffffffffffen, 0xe000],
  // Around the limits of integers, and halves.
  [0xffffffffffffffffn, 0x403d],
  [0x8000000000000000n, 0xc03e],
  [0xffffffff00000000n, 0x401e],
  [0xfffe000000000000n, 0x400d],
  [0x8000000000000000n, 0x3ffe],
  [0xa000000000000000n, 0xc000],
  [0xc90fdaa22168c235n, 0x4000],
];

const singles = [
  0x00000000, 0x80000000, 0x3f800000, 0xbfc00000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00123, 0x7f800001,
  0xffbfffff, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0x4effffff, 0xcf000000, 0x3eaaaaab, 0x20000001,
];
const doubles = [
  0n,
  0x8000000000000000n,
  0x3ff0000000000000n,
  0xbff8000000000000n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0xfff8000000000123n,
  0x7ff0000000000001n,
  0xfff7ffffffffffffn,
  1n,
  0x800fffffffffffffn,
  0x0010000000000000n,
  0x7fefffffffffffffn,
  0x41dfffffffc00000n,
  0xc1e0000000000000n,
  0xc3e0000000000000n,
  0x3fd5555555555555n,
  0x36a0000000000000n,
];

const hex = (text: string): number[] => text.split(' ').map((byte) => Number.parseInt(byte, 16));
const ADDRESS = DATA + 0x100;
/** An absolute address behind a modrm byte with /digit. */
const at = (digit: number): number[] => [0x04 | (digit << 3), 0x25, ...bytesOf(BigInt(ADDRESS), 4)];

function bytesOf(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

const binaryX87 = [
  'd8 c1',
  'd8 c9',
  'd8 e1',
  'd8 e9',
  'd8 f1',
  'd8 f9',
  'd8 d1',
  'dd e1',
  'db f1',
  'd9 f8',
  'd9 f5',
  'd9 fd',
  'd9 f1',
  'd9 f9',
  'd9 f3',
].map(hex);
const unaryX87 = [
  ...[
    'd9 fa',
    'd9 fc',
    'd9 f4',
    'd9 f0',
    'd9 fe',
    'd9 ff',
    'd9 f2',
    'd9 fb',
    'd9 e5',
    'd9 e4',
    'd9 e0',
    'd9 e1',
  ].map(hex),
  // FST and FSTP to 32, 64 and 80 bits; FIST(P) and FISTTP to 16, 32 and 64; FBSTP.
  ...[
    [0xd9, 2],
    [0xdd, 2],
    [0xdb, 7],
    [0xdf, 2],
    [0xdb, 2],
    [0xdf, 7],
    [0xdf, 1],
    [0xdb, 1],
    [0xdd, 1],
    [0xdf, 6],
  ].map(([opcode, digit]) => [opcode!, ...at(digit!)]),
];

/** xmm0, xmm1; the operation's prefix says single or double. */
const binarySse = ['58', '59', '5c', '5d', '5e', '5f', 'c2', '2e', '2f'];
/** From xmm1: √, to the other format, to integers. */
const unarySse = ['51', '5a', '2c', '2d'];

export function collectEdges(seed: number): Vector[] {
  const random = new Random(seed);
  return [...x87Edges(random), ...sseEdges(random, 32), ...sseEdges(random, 64)];
}

function vector(random: Random, code: readonly number[], patches: readonly Patch[]): Vector {
  return {
    mode: 64,
    code: Uint8Array.from(code),
    instructions: 1,
    seed: random.next(),
    registers: [{ register: RIP_REGISTER, value: BigInt(CODE + 0x200) }],
    fx: patches,
    memory: [],
  };
}

function* x87Edges(random: Random): Iterable<Vector> {
  const registers = (values: readonly (readonly [bigint, number])[]): Patch[] => {
    // Mostly all is masked; rounding and precision are anything.
    const masks = random.oneIn(4) ? random.below(64) : 0x3f;
    const control = 0x40 | masks | (random.pick([3, 3, 2, 0]) << 8) | (random.below(4) << 10);
    return [
      { address: fx.control, bytes: Uint8Array.from([...bytesOf(BigInt(control), 2), 0, 0x28, 0x7f]) },
      ...values.map(([significand, signExponent], i) => ({
        address: fx.st + 16 * i,
        bytes: Uint8Array.from([...bytesOf(significand, 8), ...bytesOf(BigInt(signExponent), 2)]),
      })),
    ];
  };
  for (const code of binaryX87)
    for (const a of extended)
      for (const b of extended) if (random.oneIn(3)) yield vector(random, code, registers([a, b]));
  for (const code of unaryX87)
    for (const a of extended) for (let i = 0; i < 3; i++) yield vector(random, code, registers([a]));
}

function* sseEdges(random: Random, bits: 32 | 64): Iterable<Vector> {
  const values = bits === 32 ? singles.map(BigInt) : doubles;
  const registers = (lanes: readonly bigint[]): Patch[] => {
    const masks = random.oneIn(4) ? random.below(64) : 0x3f;
    const modes = (random.below(4) << 13) | (random.oneIn(4) ? 0x8000 : 0) | (random.oneIn(4) ? 0x40 : 0);
    const flags = random.oneIn(2) ? 0x20 : 0;
    return [
      { address: fx.mxcsr, bytes: Uint8Array.from(bytesOf(BigInt(modes | (masks << 7) | flags), 4)) },
      ...lanes.map((value, i) => ({
        address: fx.xmm + 16 * i,
        bytes: Uint8Array.from(bytesOf(value, bits / 8)),
      })),
    ];
  };
  const scalar = bits === 32 ? 0xf3 : 0xf2;
  for (const name of binarySse) {
    const opcode = Number.parseInt(name, 16);
    // COMISS and UCOMISS have the packed prefix.
    const prefix = opcode === 0x2e || opcode === 0x2f ? (bits === 32 ? [] : [0x66]) : [scalar];
    for (const a of values)
      for (const b of values) {
        if (random.oneIn(2)) continue;
        const predicate = opcode === 0xc2 ? [random.below(8)] : [];
        yield vector(random, [...prefix, 0x0f, opcode, 0xc1, ...predicate], registers([a, b]));
      }
  }
  for (const name of unarySse) {
    const opcode = Number.parseInt(name, 16);
    for (const a of values) {
      for (let i = 0; i < 4; i++) {
        const wide = opcode === 0x2c || opcode === 0x2d ? random.pick([[], [0x48]]) : [];
        yield vector(random, [scalar, ...wide, 0x0f, opcode, 0xc1], registers([0n, a]));
      }
    }
  }
}
