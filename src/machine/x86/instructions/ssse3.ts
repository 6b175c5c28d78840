import { here } from '../../engine/layout.js';
import { i32, i64, select, type V128, v128 } from '../../wasm/code.js';
import { constant, i8x16, i16x8, i32x4, i64x2, repeat } from '../../wasm/simd.js';
import type { Emitter } from '../emitter/emitter.js';
import type { InstructionDescription } from '../instruction.js';
import { state } from '../state.js';
import {
  enterMmx,
  guard,
  immediate,
  packed,
  readVector,
  usesMmx,
  type VectorOperation,
  writeVector,
} from './simd-operands.js';

/** Lanes of `bytes` with even numbers of two vectors, or those with odd ones. */
function everySecond(bytes: number, odd: boolean): number[] {
  return Array.from(
    { length: 16 },
    (_, i) => (Math.floor(i / bytes) * 2 + (odd ? 1 : 0)) * bytes + (i % bytes),
  );
}

/** Combines neighbouring lanes: those of the destination give the low half of the result. */
function horizontal(bytes: 2 | 4, operation: (a: V128, b: V128) => V128): VectorOperation {
  return (a, b, x) => {
    // MMX: both operands in one register.
    const first = usesMmx(x) ? x.body.let(i64x2.replace(a, 1, i64x2.extract(b, 0))) : a;
    const second = usesMmx(x) ? first : b;
    const even = v128.shuffle(first, second, everySecond(bytes, false));
    return operation(even, v128.shuffle(first, second, everySecond(bytes, true)));
  };
}

/** Keeps the bits that choose a byte, and the one that makes the result zero. */
function shuffleBytes(a: V128, b: V128, x: Emitter): V128 {
  return i8x16.swizzle(a, v128.and(b, repeat([usesMmx(x) ? 0x87 : 0x8f])));
}

/** PSIGN: negates where the source is negative, clears where it is zero. */
const sign =
  (lanes: typeof i8x16 | typeof i16x8 | typeof i32x4): VectorOperation =>
  (a, b) => {
    const negative = lanes.gt_s(constant.i64(0n), b);
    const changed = lanes.sub(v128.xor(a, negative), negative);
    return v128.and(changed, lanes.ne(b, constant.i64(0n)));
  };

/** PMADDUBSW: unsigned bytes of the destination by signed ones of the source, pairs added with saturation. */
function multiplyAddBytes(a: V128, b: V128): V128 {
  const eight = i32.const(8);
  const even = i16x8.mul(v128.and(a, constant.i16(0xff)), i16x8.shr_s(i16x8.shl(b, eight), eight));
  const odd = i16x8.mul(i16x8.shr_u(a, eight), i16x8.shr_s(b, eight));
  return i16x8.add_sat_s(even, odd);
}

/** PMULHRSW: as WebAssembly's, but -1 times -1 is not saturated. */
function multiplyRound(a: V128, b: V128, x: Emitter): V128 {
  const product = x.body.let(i16x8.q15mulr_sat_s(a, b));
  return v128.xor(product, i16x8.eq(product, constant.i16(0x7fff)));
}

/** PALIGNR: destination and source in a row, shifted right by bytes. */
const alignRight: InstructionDescription = {
  name: 'palignr',
  encodings: ['66 0f 3a 0f V,W,Ib', 'np 0f 3a 0f P,Q,Ib'],
  emit: (x) => {
    guard(x);
    const { body } = x;
    const source = readVector(x, 1);
    const target = readVector(x, 0);
    const mmx = usesMmx(x);
    if (mmx) enterMmx(x);
    const wanted = body.let(immediate(x));
    const most = i32.const(mmx ? 16 : 32);
    const count = body.let(select(i32.gt_u(wanted, most), most, wanted));
    if (mmx) {
      // Both fit one register; behind it are zeros.
      body.store128(here, i64x2.replace(source, 1, i64x2.extract(target, 0)), state.bytes + 16);
      writeVector(x, 0, i64x2.splat(i64.load(count, state.bytes + 16)));
      return;
    }
    body.store128(here, source, state.bytes);
    body.store128(here, target, state.bytes + 16);
    const result = body.let(v128.load(count, state.bytes));
    // What is in front of an operand to shift must stay zero.
    body.store128(here, constant.i64(0n), state.bytes);
    x.write128(0, result);
  },
};

const absolute = (name: string, code: string, lanes: typeof i8x16 | typeof i16x8 | typeof i32x4) =>
  packed(name, code, (_, b) => lanes.abs(b));

export const ssse3: InstructionDescription[] = [
  packed('pshufb', '0f 38 00', shuffleBytes),
  packed('phaddw', '0f 38 01', horizontal(2, i16x8.add)),
  packed('phaddd', '0f 38 02', horizontal(4, i32x4.add)),
  packed('phaddsw', '0f 38 03', horizontal(2, i16x8.add_sat_s)),
  packed('pmaddubsw', '0f 38 04', multiplyAddBytes),
  packed('phsubw', '0f 38 05', horizontal(2, i16x8.sub)),
  packed('phsubd', '0f 38 06', horizontal(4, i32x4.sub)),
  packed('phsubsw', '0f 38 07', horizontal(2, i16x8.sub_sat_s)),
  packed('psignb', '0f 38 08', sign(i8x16)),
  packed('psignw', '0f 38 09', sign(i16x8)),
  packed('psignd', '0f 38 0a', sign(i32x4)),
  packed('pmulhrsw', '0f 38 0b', multiplyRound),
  absolute('pabsb', '0f 38 1c', i8x16),
  absolute('pabsw', '0f 38 1d', i16x8),
  absolute('pabsd', '0f 38 1e', i32x4),
  alignRight,
];
