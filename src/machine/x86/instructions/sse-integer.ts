import { type I32, i32, i64, select, type V128, v128 } from '../../wasm/code.js';
import { constant, i8x16, i16x8, i32x4, i64x2 } from '../../wasm/simd.js';
import type { Emitter } from '../emitter/emitter.js';
import type { InstructionDescription } from '../instruction.js';
import {
  enterMmx,
  guard,
  immediate,
  moveBytes,
  packed,
  readVector,
  usesMmx,
  type VectorOperation,
  writeVector,
} from './simd-operands.js';

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** Additions, subtractions, comparisons, bitwise: lane by lane, so that the low half serves MMX. */
const laneOperations: readonly (readonly [string, number, VectorOperation])[] = [
  ['paddb', 0xfc, i8x16.add],
  ['paddw', 0xfd, i16x8.add],
  ['paddd', 0xfe, i32x4.add],
  ['paddq', 0xd4, i64x2.add],
  ['psubb', 0xf8, i8x16.sub],
  ['psubw', 0xf9, i16x8.sub],
  ['psubd', 0xfa, i32x4.sub],
  ['psubq', 0xfb, i64x2.sub],
  ['paddsb', 0xec, i8x16.add_sat_s],
  ['paddsw', 0xed, i16x8.add_sat_s],
  ['paddusb', 0xdc, i8x16.add_sat_u],
  ['paddusw', 0xdd, i16x8.add_sat_u],
  ['psubsb', 0xe8, i8x16.sub_sat_s],
  ['psubsw', 0xe9, i16x8.sub_sat_s],
  ['psubusb', 0xd8, i8x16.sub_sat_u],
  ['psubusw', 0xd9, i16x8.sub_sat_u],
  ['pcmpeqb', 0x74, i8x16.eq],
  ['pcmpeqw', 0x75, i16x8.eq],
  ['pcmpeqd', 0x76, i32x4.eq],
  ['pcmpgtb', 0x64, i8x16.gt_s],
  ['pcmpgtw', 0x65, i16x8.gt_s],
  ['pcmpgtd', 0x66, i32x4.gt_s],
  ['pand', 0xdb, v128.and],
  ['pandn', 0xdf, (a, b) => v128.andnot(b, a)],
  ['por', 0xeb, v128.or],
  ['pxor', 0xef, v128.xor],
  ['pavgb', 0xe0, i8x16.avgr_u],
  ['pavgw', 0xe3, i16x8.avgr_u],
  ['pminub', 0xda, i8x16.min_u],
  ['pmaxub', 0xde, i8x16.max_u],
  ['pminsw', 0xea, i16x8.min_s],
  ['pmaxsw', 0xee, i16x8.max_s],
  ['pmullw', 0xd5, i16x8.mul],
  ['pmulhw', 0xe5, (a, b) => highHalves(i32x4.extmul_low_i16x8_s(a, b), i32x4.extmul_high_i16x8_s(a, b))],
  ['pmulhuw', 0xe4, (a, b) => highHalves(i32x4.extmul_low_i16x8_u(a, b), i32x4.extmul_high_i16x8_u(a, b))],
  ['pmuludq', 0xf4, (a, b) => i64x2.mul(v128.and(a, lowDoublewords), v128.and(b, lowDoublewords))],
  ['pmaddwd', 0xf5, i32x4.dot_i16x8_s],
  ['psadbw', 0xf6, absoluteDifferences],
];

const lowDoublewords = constant.i64(0xffffffffn);

/** Upper words of eight doublewords. */
function highHalves(low: V128, high: V128): V128 {
  return v128.shuffle(low, high, [2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31]);
}

/** PSADBW: |a - b| of bytes, summed by quadword. */
function absoluteDifferences(a: V128, b: V128, x: Emitter): V128 {
  const difference = v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
  const pairs = i16x8.extadd_pairwise_i8x16_u(difference);
  const fours = x.body.let(i32x4.extadd_pairwise_i16x8_u(pairs));
  return i64x2.add(v128.and(fours, lowDoublewords), i64x2.shr_u(fours, i32.const(32)));
}

/** Bitwise operations on what is meant to be floats. */
const floatBitwise = (name: string, code: string, operation: VectorOperation): InstructionDescription[] => [
  packed(`${name}ps`, code, operation, { mmx: false, prefix: 'np' }),
  packed(`${name}pd`, code, operation, { mmx: false }),
];

/** For MMX both sources are put into one register, so that one narrowing gives both halves. */
const pack =
  (narrow: (a: V128, b: V128) => V128): VectorOperation =>
  (a, b, x) => {
    if (!usesMmx(x)) return narrow(a, b);
    const both = x.body.let(i64x2.replace(a, 1, i64x2.extract(b, 0)));
    return narrow(both, both);
  };

/** Byte numbers that interleave lanes of `bytes`, from the low or the high half. */
function interleave(bytes: number, high: boolean): number[] {
  const start = high ? 8 : 0;
  return Array.from({ length: 16 }, (_, i) => {
    const lane = Math.floor(i / bytes);
    return start + (lane >> 1) * bytes + (i % bytes) + (lane & 1 ? 16 : 0);
  });
}

/** MMX's result is the low or the high half of what interleaving the low halves of XMM registers gives. */
const unpack = (name: string, code: string, bytes: number, high: boolean): InstructionDescription =>
  packed(
    name,
    code,
    (a, b, x) => {
      if (!usesMmx(x)) return v128.shuffle(a, b, interleave(bytes, high));
      const low = v128.shuffle(a, b, interleave(bytes, false));
      return high
        ? v128.shuffle(low, low, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15])
        : low;
    },
    { mmx: bytes < 8, narrowMemory: !high },
  );

type Shift = (a: V128, count: I32) => V128;

/** Shifts by an immediate or by the low quadword of a register; beyond the lane all bits are gone, or all are signs. */
function shiftLanes(
  name: string,
  code: number,
  digit: string,
  bits: 16 | 32 | 64,
  shift: Shift,
): InstructionDescription {
  const arithmetic = name.startsWith('psra');
  const immediateCode = hex(bits === 16 ? 0x71 : bits === 32 ? 0x72 : 0x73);
  return {
    name,
    encodings: [
      `np 0f ${hex(code)} P,Q`,
      `66 0f ${hex(code)} V,W`,
      `np 0f ${immediateCode} /${digit} N,Ib`,
      `66 0f ${immediateCode} /${digit} U,Ib`,
    ],
    emit: (x) => {
      guard(x);
      const { body } = x;
      const count =
        x.kind(1) === 'i'
          ? body.let(i64.extend_u(immediate(x)))
          : body.let(i64x2.extract(readVector(x, 1), 0));
      const a = readVector(x, 0);
      if (usesMmx(x)) enterMmx(x);
      const inside = body.let(i64.lt_u(count, i64.const(bits)));
      if (arithmetic) {
        writeVector(x, 0, shift(a, select(inside, i32.wrap(count), i32.const(bits - 1))));
        return;
      }
      const zero = i64x2.splat(i64.const(0));
      writeVector(x, 0, select(inside, shift(a, i32.wrap(count)), zero));
    },
  };
}

/** PSLLDQ, PSRLDQ. */
const shiftBytes = (name: string, digit: number, left: boolean): InstructionDescription => ({
  name,
  encodings: [`66 0f 73 /${digit} U,Ib`],
  emit: (x) => {
    x.guardSse();
    const { body } = x;
    const wanted = body.let(immediate(x));
    const count = body.let(select(i32.gt_u(wanted, i32.const(16)), i32.const(16), wanted));
    const by = left ? i32.sub(i32.const(0), count) : count;
    x.write128(0, body.let(moveBytes(x, x.read128(0), by)));
  },
});

export const sseInteger: InstructionDescription[] = [
  ...laneOperations.map(([name, code, operation]) => packed(name, `0f ${hex(code)}`, operation)),
  ...floatBitwise('and', '0f 54', v128.and),
  ...floatBitwise('andn', '0f 55', (a, b) => v128.andnot(b, a)),
  ...floatBitwise('or', '0f 56', v128.or),
  ...floatBitwise('xor', '0f 57', v128.xor),
  packed('packsswb', '0f 63', pack(i8x16.narrow_i16x8_s)),
  packed('packuswb', '0f 67', pack(i8x16.narrow_i16x8_u)),
  packed('packssdw', '0f 6b', pack(i16x8.narrow_i32x4_s)),
  unpack('punpcklbw', '0f 60', 1, false),
  unpack('punpcklwd', '0f 61', 2, false),
  unpack('punpckldq', '0f 62', 4, false),
  unpack('punpcklqdq', '0f 6c', 8, false),
  unpack('punpckhbw', '0f 68', 1, true),
  unpack('punpckhwd', '0f 69', 2, true),
  unpack('punpckhdq', '0f 6a', 4, true),
  unpack('punpckhqdq', '0f 6d', 8, true),
  packed('unpcklps', '0f 14', (a, b) => v128.shuffle(a, b, interleave(4, false)), {
    mmx: false,
    prefix: 'np',
  }),
  packed('unpcklpd', '0f 14', (a, b) => v128.shuffle(a, b, interleave(8, false)), { mmx: false }),
  packed('unpckhps', '0f 15', (a, b) => v128.shuffle(a, b, interleave(4, true)), {
    mmx: false,
    prefix: 'np',
  }),
  packed('unpckhpd', '0f 15', (a, b) => v128.shuffle(a, b, interleave(8, true)), { mmx: false }),
  shiftLanes('psllw', 0xf1, '6', 16, i16x8.shl),
  shiftLanes('pslld', 0xf2, '6', 32, i32x4.shl),
  shiftLanes('psllq', 0xf3, '6', 64, i64x2.shl),
  shiftLanes('psrlw', 0xd1, '2', 16, i16x8.shr_u),
  shiftLanes('psrld', 0xd2, '2', 32, i32x4.shr_u),
  shiftLanes('psrlq', 0xd3, '2', 64, i64x2.shr_u),
  shiftLanes('psraw', 0xe1, '4', 16, i16x8.shr_s),
  shiftLanes('psrad', 0xe2, '4', 32, i32x4.shr_s),
  shiftBytes('pslldq', 7, true),
  shiftBytes('psrldq', 3, false),
];
