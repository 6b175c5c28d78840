import { type F64, f32, f64, type I32, i32, i64, type V128, v128 } from '../../wasm/code.js';
import { constant, f32x4, f64x2, i32x4, i64x2 } from '../../wasm/simd.js';
import type { Emitter } from '../emitter/emitter.js';
import { convert, fromInteger, toInteger } from '../float/arithmetic.js';
import { ROUND } from '../float/rounding.js';
import type { InstructionDescription } from '../instruction.js';
import type { Processor } from '../processor.js';
import { double, type Element, laneB, laneBits, setLaneBits, single } from '../sse/lanes.js';
import { SseOperation } from '../sse/mxcsr.js';
import { state } from '../state.js';
import {
  allSlow,
  denormal,
  doubles,
  inexactIsQuiet,
  type Lanes,
  orSlow,
  readSource,
  singles,
  writeResult,
  zeros,
} from './simd-floats.js';
import { enterMmx, guard, readLow, type readVector, usesMmx, writeLow, writeMmx } from './simd-operands.js';

/** Conversions between formats; the source is staged as operand B. */

// ── exact computation ───────────────────────────────────────────────────────────────────────────

/** `count` integers of `bits` to floats; what is above them is cleared. */
const integersToFloats =
  (bits: 32 | 64, to: Element, count: number) =>
  (cpu: Processor): void => {
    const operation = new SseOperation(cpu);
    const results = Array.from({ length: count }, (_, i) => {
      const value = fromInteger(BigInt.asIntN(bits, laneBits(cpu, state.operandB, bits, i)));
      return convert(operation.environment, to.format, value);
    });
    operation.finish();
    clearResult(cpu);
    for (const [i, result] of results.entries()) setLaneBits(cpu, to.bits, i, to.encode(result));
  };

/** Floats to integers; what does not fit becomes the "integer indefinite", the smallest one. */
const floatsToIntegers =
  (from: Element, bits: 32 | 64, count: number, truncate: boolean) =>
  (cpu: Processor): void => {
    const operation = new SseOperation(cpu);
    const { environment } = operation;
    const rounding = truncate ? ROUND.ZERO : environment.rounding;
    const results = Array.from(
      { length: count },
      (_, i) =>
        toInteger(environment, operation.operand(laneB(cpu, from, i)), bits, rounding) ??
        1n << BigInt(bits - 1),
    );
    operation.finish();
    clearResult(cpu);
    for (const [i, result] of results.entries()) setLaneBits(cpu, bits, i, result);
  };

const floatsToFloats =
  (from: Element, to: Element, count: number) =>
  (cpu: Processor): void => {
    const operation = new SseOperation(cpu);
    const results = Array.from({ length: count }, (_, i) =>
      convert(operation.environment, to.format, operation.operand(laneB(cpu, from, i))),
    );
    operation.finish();
    clearResult(cpu);
    for (const [i, result] of results.entries()) setLaneBits(cpu, to.bits, i, to.encode(result));
  };

function clearResult(cpu: Processor): void {
  cpu.memory.view.setBigUint64(state.result, 0n, true);
  cpu.memory.view.setBigUint64(state.result + 8, 0n, true);
}

// ── scalars and general registers ───────────────────────────────────────────────────────────────

/** CVTSI2SS, CVTSI2SD. */
function fromGeneral(lanes: Lanes, code: string): InstructionDescription[] {
  const { element, prefixes, suffix } = lanes;
  // Integers of fewer bits than the significand are exact.
  const exact = 1n << BigInt(element.format.precision);
  return ([32, 64] as const).map((bits) => ({
    name: `cvtsi2s${suffix}${bits === 64 ? '64' : ''}`,
    encodings: [`${prefixes.scalar} 0f ${code} V,E${bits === 64 ? 'q ;w1' : 'd ;w0'}`],
    slow: integersToFloats(bits, element, 1),
    emit: (x) => {
      x.guardSse();
      const { body } = x;
      const raw = readLow(x, 1, bits);
      const value = bits === 32 ? body.let(i64.extend32_s(raw)) : raw;
      const result =
        element.bits === 64
          ? i64.reinterpret(f64.convert_i64_s(value))
          : i64.extend_u(i32.reinterpret(f32.convert_i64_s(value)));
      if (bits === 32 && element.bits === 64) {
        writeLow(x, 0, result, 64);
        return;
      }
      const small = i64.lt_u(i64.add(value, i64.const(exact)), i64.const(2n * exact));
      const staged = body.let(i64x2.splat(value));
      const wide = orSlow(x, i32.or(small, inexactIsQuiet()), i64x2.splat(result), staged, staged);
      writeLow(x, 0, i64x2.extract(wide, 0), element.bits);
    },
  }));
}

/** The low lane as f64. */
function asDouble({ element }: Lanes, source: V128): F64 {
  return element.bits === 64 ? f64x2.extract(source, 0) : f64.promote(f32x4.extract(source, 0));
}

/** CVTSS2SI, CVTTSD2SI and their kin. */
function toGeneral(lanes: Lanes, code: string, truncate: boolean): InstructionDescription[] {
  const { element, prefixes, suffix, letter } = lanes;
  return ([32, 64] as const).map((bits) => ({
    name: `cvt${truncate ? 't' : ''}s${suffix}2si${bits === 64 ? '64' : ''}`,
    encodings: [
      `${prefixes.scalar} 0f ${code} G${bits === 64 ? 'q' : 'd'},W${letter} ;w${bits === 64 ? 1 : 0}`,
    ],
    slow: floatsToIntegers(element, bits, 1, truncate),
    emit: (x) => {
      x.guardSse();
      const { body } = x;
      const source = readSource(x, 1, lanes, true);
      const value = body.let(asDouble(lanes, source));
      const whole = body.let(truncate ? f64.trunc(value) : f64.nearest(value));
      const limit = f64.const(2 ** (bits - 1));
      const fits = i32.and(f64.ge(whole, f64.const(-(2 ** (bits - 1)))), f64.lt(whole, limit));
      const quiet = i32.or(f64.eq(whole, value), inexactIsQuiet());
      const result = i64x2.splat(i64.trunc_sat_f64_s(whole));
      const vector = orSlow(x, i32.and(fits, quiet), result, source, source);
      x.write(0, i64x2.extract(vector, 0), bits);
    },
  }));
}

/** CVTSS2SD. */
const widen: InstructionDescription = {
  name: 'cvtss2sd',
  encodings: ['f3 0f 5a V,Wd'],
  slow: floatsToFloats(single, double, 1),
  emit: (x) => {
    x.guardSse();
    const source = readSource(x, 1, singles, true);
    const condition = lowLanes(1, widensExactly(source));
    writeResult(x, doubles, true, orSlow(x, condition, f64x2.promote_low_f32x4(source), source, source));
  },
};

/** Numbers that are neither NaNs nor denormal. */
const widensExactly = (source: V128): V128 =>
  v128.andnot(f32x4.eq(source, source), denormal(singles, source));

/** Does a mask hold in the lowest `count` doublewords? */
function lowLanes(count: number, mask: V128): I32 {
  const all = (1 << count) - 1;
  return i32.eq(i32.and(i32x4.bitmask(mask), i32.const(all)), i32.const(all));
}

/** Lanes of doubles whose nearest single is neither tiny nor infinite, or that are zeros. */
function narrowsSafely(source: V128, result: V128): V128 {
  const magnitude = f32x4.abs(result);
  const inside = v128.and(f32x4.gt(magnitude, singles.smallest), f32x4.le(magnitude, singles.largest));
  const zero = f64x2.eq(source, zeros);
  // The zero mask has lanes twice as wide as those of the result.
  return v128.or(inside, v128.shuffle(zero, zero, [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]));
}

/** CVTSD2SS. */
const narrow: InstructionDescription = {
  name: 'cvtsd2ss',
  encodings: ['f2 0f 5a V,Wq'],
  slow: floatsToFloats(double, single, 1),
  emit: (x) => {
    x.guardSse();
    const source = readSource(x, 1, doubles, true);
    const result = x.body.let(f32x4.demote_f64x2_zero(source));
    const condition = i32.and(lowLanes(1, narrowsSafely(source, result)), inexactIsQuiet());
    writeResult(x, singles, true, orSlow(x, condition, result, source, source));
  },
};

// ── vectors ─────────────────────────────────────────────────────────────────────────────────────

/** The operand of a conversion that widens: the low half of a register, or 64 bits of memory. */
function readHalf(x: Emitter): ReturnType<typeof readVector> {
  return x.body.let(i64x2.splat(readLow(x, 1, 64)));
}

/** Single-precision lanes to integers. */
function singlesToIntegers(name: string, prefix: string, truncate: boolean): InstructionDescription {
  return {
    name,
    encodings: [`${prefix} 0f 5b V,W`],
    slow: floatsToIntegers(single, 32, 4, truncate),
    emit: (x) => {
      x.guardSse();
      const source = x.read128(1);
      const whole = x.body.let(truncate ? f32x4.trunc(source) : f32x4.nearest(source));
      const fits = i32x4.all_true(f32x4.lt(f32x4.abs(whole), constant.i32(0x4f000000)));
      const quiet = i32.or(i32x4.all_true(f32x4.eq(whole, source)), inexactIsQuiet());
      x.write128(0, orSlow(x, i32.and(fits, quiet), i32x4.trunc_sat_f32x4_s(whole), source, source));
    },
  };
}

/** Double-precision lanes to integers in the low half. */
function doublesToIntegers(name: string, prefix: string, truncate: boolean): InstructionDescription {
  return {
    name,
    encodings: [`${prefix} 0f e6 V,W`],
    slow: floatsToIntegers(double, 32, 2, truncate),
    emit: (x) => {
      x.guardSse();
      const source = x.read128(1);
      const whole = x.body.let(truncate ? f64x2.trunc(source) : f64x2.nearest(source));
      const inside = f64x2.lt(f64x2.abs(whole), constant.i64(0x41e0000000000000n));
      const quiet = i32.or(i64x2.all_true(f64x2.eq(whole, source)), inexactIsQuiet());
      const result = i32x4.trunc_sat_f64x2_s_zero(whole);
      x.write128(0, orSlow(x, i32.and(i64x2.all_true(inside), quiet), result, source, source));
    },
  };
}

// ── MMX ─────────────────────────────────────────────────────────────────────────────────────────

/** CVTPS2PI and its kin: two integers into an MMX register. */
const toMmx = (name: string, encoding: string, from: Element, truncate: boolean): InstructionDescription => ({
  name,
  encodings: [encoding],
  slow: floatsToIntegers(from, 32, 2, truncate),
  emit: (x) => {
    guard(x);
    x.guardSse();
    const source = from.bits === 64 ? x.read128(1) : readHalf(x);
    // The switch to MMX comes before the exceptions.
    enterMmx(x);
    const result = x.body.let(allSlow(x, source, source));
    writeMmx(x, 0, i64x2.extract(result, 0));
  },
});

/** CVTPI2PS, CVTPI2PD: two integers from an MMX register or memory. */
const fromMmx = (name: string, prefix: string, to: Element): InstructionDescription => ({
  name,
  encodings: [`${prefix} 0f 2a V,Q`],
  slow: integersToFloats(32, to, 2),
  emit: (x) => {
    guard(x);
    x.guardSse();
    const source = readHalf(x);
    if (usesMmx(x)) enterMmx(x);
    const result = x.body.let(allSlow(x, source, source));
    if (to.bits === 64) x.write128(0, result);
    else writeLow(x, 0, i64x2.extract(result, 0), 64);
  },
});

export const sseConvert: InstructionDescription[] = [
  ...[singles, doubles].flatMap((lanes) => [
    ...fromGeneral(lanes, '2a'),
    ...toGeneral(lanes, '2c', true),
    ...toGeneral(lanes, '2d', false),
  ]),
  widen,
  narrow,
  {
    name: 'cvtps2pd',
    encodings: ['np 0f 5a V,Wq'],
    slow: floatsToFloats(single, double, 2),
    emit: (x) => {
      x.guardSse();
      const source = readHalf(x);
      const condition = lowLanes(2, widensExactly(source));
      x.write128(0, orSlow(x, condition, f64x2.promote_low_f32x4(source), source, source));
    },
  },
  {
    name: 'cvtpd2ps',
    encodings: ['66 0f 5a V,W'],
    slow: floatsToFloats(double, single, 2),
    emit: (x) => {
      x.guardSse();
      const source = x.read128(1);
      const result = x.body.let(f32x4.demote_f64x2_zero(source));
      const condition = i32.and(lowLanes(2, narrowsSafely(source, result)), inexactIsQuiet());
      x.write128(0, orSlow(x, condition, result, source, source));
    },
  },
  {
    name: 'cvtdq2ps',
    encodings: ['np 0f 5b V,W'],
    slow: integersToFloats(32, single, 4),
    emit: (x) => {
      x.guardSse();
      const source = x.read128(1);
      x.write128(0, orSlow(x, inexactIsQuiet(), f32x4.convert_i32x4_s(source), source, source));
    },
  },
  {
    name: 'cvtdq2pd',
    encodings: ['f3 0f e6 V,Wq'],
    emit: (x) => {
      x.guardSse();
      x.write128(0, f64x2.convert_low_i32x4_s(readHalf(x)));
    },
  },
  singlesToIntegers('cvtps2dq', '66', false),
  singlesToIntegers('cvttps2dq', 'f3', true),
  doublesToIntegers('cvtpd2dq', 'f2', false),
  doublesToIntegers('cvttpd2dq', '66', true),
  toMmx('cvtps2pi', 'np 0f 2d P,Wq', single, false),
  toMmx('cvttps2pi', 'np 0f 2c P,Wq', single, true),
  toMmx('cvtpd2pi', '66 0f 2d P,W', double, false),
  toMmx('cvttpd2pi', '66 0f 2c P,W', double, true),
  fromMmx('cvtpi2ps', 'np', single),
  fromMmx('cvtpi2pd', '66', double),
];
