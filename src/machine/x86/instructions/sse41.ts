import { FLAG } from '../../../abi/x86/flags.js';
import { here } from '../../engine/layout.js';
import { type I32, type I64, i32, i64, type Local, select, type V128, v128 } from '../../wasm/code.js';
import { anyTrue, bitselect, constant, i8x16, i16x8, i32x4, i64x2 } from '../../wasm/simd.js';
import type { Emitter } from '../emitter/emitter.js';
import { add, multiply, roundToInteger } from '../float/arithmetic.js';
import { type Real, zero } from '../float/real.js';
import { EXCEPTION } from '../float/rounding.js';
import type { InstructionDescription } from '../instruction.js';
import type { Size } from '../operands.js';
import type { Processor } from '../processor.js';
import { controlWord, laneA, laneB, setLaneBits } from '../sse/lanes.js';
import { MXCSR, SseOperation } from '../sse/mxcsr.js';
import { state } from '../state.js';
import {
  allSlow,
  doubles,
  holds,
  type Lanes,
  orSlow,
  readSource,
  singles,
  writeResult,
} from './simd-floats.js';
import {
  immediate,
  lanes32,
  packed,
  readLow,
  stage,
  stagedLane32,
  type VectorOperation,
} from './simd-operands.js';

const none = constant.i64(0n);

/** An integer operation of XMM registers only. */
const xmm = (name: string, code: string, operation: VectorOperation): InstructionDescription =>
  packed(name, code, operation, { mmx: false });

// ── integers ────────────────────────────────────────────────────────────────────────────────────

/** PMULDQ: the even doublewords, signed. */
function multiplyEven(a: V128, b: V128): V128 {
  const thirtyTwo = i32.const(32);
  const extended = (v: V128): V128 => i64x2.shr_s(i64x2.shl(v, thirtyTwo), thirtyTwo);
  return i64x2.mul(extended(a), extended(b));
}

/** PMOVSX, PMOVZX: low lanes of `from` bits, widened to `to`. */
function widen(signed: boolean, code: number, from: 8 | 16 | 32, to: 16 | 32 | 64): InstructionDescription {
  const letter = { 8: 'b', 16: 'w', 32: 'd', 64: 'q' } as const;
  const bits = (128 / to) * from;
  const steps: Record<number, (a: V128) => V128> = signed
    ? { 8: i16x8.extend_low_i8x16_s, 16: i32x4.extend_low_i16x8_s, 32: i64x2.extend_low_i32x4_s }
    : { 8: i16x8.extend_low_i8x16_u, 16: i32x4.extend_low_i16x8_u, 32: i64x2.extend_low_i32x4_u };
  return {
    name: `pmov${signed ? 's' : 'z'}x${letter[from]}${letter[to]}`,
    encodings: [`66 0f 38 ${code.toString(16)} V,W${letter[bits as 16 | 32 | 64]}`],
    emit: (x) => {
      x.guardSse();
      let value: V128 = i64x2.splat(readLow(x, 1, bits as Size));
      for (let size: number = from; size < to; size *= 2) value = steps[size]!(value);
      x.write128(0, value);
    },
  };
}

const widenings: readonly (readonly [8 | 16 | 32, 16 | 32 | 64])[] = [
  [8, 16],
  [8, 32],
  [8, 64],
  [16, 32],
  [16, 64],
  [32, 64],
];

/** PHMINPOSUW: the smallest unsigned word and its number. */
function smallestWord(_: V128, b: V128, x: Emitter): V128 {
  const { body } = x;
  const best = body.local('i32');
  body.set(best, i32.const(0x7fffffff));
  // Word in the upper half, number in the lower: the smallest of these is the first smallest word.
  for (let i = 0; i < 8; i++) {
    const candidate = body.let(i32.or(i32.shl(i16x8.extract_u(b, i), i32.const(3)), i32.const(i)));
    body.set(best, select(i32.lt_u(candidate, best), candidate, best));
  }
  const word = i32.shr_u(best, i32.const(3));
  const number = i32.shl(i32.and(best, i32.const(7)), i32.const(16));
  return i32x4.replace(none, 0, i32.or(word, number));
}

/** MPSADBW: sums of absolute differences of a block of four source bytes with eight windows of the destination. */
const blockDifferences: InstructionDescription = {
  name: 'mpsadbw',
  encodings: ['66 0f 3a 42 V,W,Ib'],
  slow: (cpu) => {
    const { u8, u16 } = cpu.memory;
    const control = controlWord(cpu);
    const source = state.operandB + (control & 3) * 4;
    const target = state.operandA + (control & 4);
    for (let i = 0; i < 8; i++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += Math.abs(u8[target + i + k]! - u8[source + k]!);
      u16[(state.result >> 1) + i] = sum;
    }
  },
  emit: (x) => {
    x.guardSse();
    const b = x.read128(1);
    x.body.storeI32(here, immediate(x), state.control);
    x.write128(0, x.body.let(allSlow(x, x.read128(0), b)));
  },
};

// ── blends ──────────────────────────────────────────────────────────────────────────────────────

/** Takes lane i of the source where bit i of the immediate is set. */
function blend(name: string, code: string, bits: 16 | 32 | 64): InstructionDescription {
  return {
    name,
    encodings: [`66 0f 3a ${code} V,W,Ib`],
    emit: (x) => {
      x.guardSse();
      const { body } = x;
      const b = x.read128(1);
      const a = x.read128(0);
      const bytes = Array.from({ length: 16 }, (_, i) =>
        i % (bits / 8) === 0 ? 1 << Math.floor(i / (bits / 8)) : 0,
      );
      const each = v128.const(bytes);
      const chosen = immediate(x);
      const mask =
        bits === 16
          ? i16x8.eq(v128.and(i16x8.splat(chosen), each), each)
          : bits === 32
            ? i32x4.eq(v128.and(i32x4.splat(chosen), each), each)
            : i64x2.eq(v128.and(i64x2.splat(i64.extend_u(chosen)), each), each);
      x.write128(0, bitselect(b, a, body.let(mask)));
    },
  };
}

/** Takes lanes of the source where XMM0 is negative. */
function blendByRegister(name: string, code: string, signs: (mask: V128) => V128): InstructionDescription {
  return xmm(name, `0f 38 ${code}`, (a, b, x) => {
    const mask = x.body.let(signs(v128.load(here, state.xmm)));
    return bitselect(b, a, mask);
  });
}

// ── insertion and extraction ────────────────────────────────────────────────────────────────────

/** Place of the staged lane that the immediate names. */
function laneOffset(x: Emitter, bits: 8 | 16 | 32 | 64): I32 {
  const last = 128 / bits - 1;
  return x.body.let(i32.shl(i32.and(immediate(x), i32.const(last)), i32.const(Math.log2(bits / 8))));
}

const extract = (name: string, encodings: string[], bits: 8 | 16 | 32 | 64): InstructionDescription => ({
  name,
  encodings,
  emit: (x) => {
    x.guardSse();
    stage(x, x.read128(1));
    const at = laneOffset(x, bits);
    const load: Record<number, (place: I32, offset: number) => I64> = {
      8: i64.load8_u,
      16: i64.load16_u,
      32: i64.load32_u,
      64: i64.load,
    };
    // A register gets the lane zero-extended, memory as many bytes as it has.
    x.write(0, load[bits]!(at, state.operandA), x.isMemory(0) ? bits : bits === 64 ? 64 : 32);
  },
});

const insert = (name: string, encodings: string[], bits: 8 | 32 | 64): InstructionDescription => ({
  name,
  encodings,
  emit: (x) => {
    x.guardSse();
    const { body } = x;
    const value = readLow(x, 1, bits);
    stage(x, x.read128(0));
    const at = laneOffset(x, bits);
    if (bits === 8) body.store8(at, value, state.operandA);
    else if (bits === 32) body.store32(at, value, state.operandA);
    else body.store64(at, value, state.operandA);
    x.write128(0, v128.load(here, state.operandA));
  },
});

/** INSERTPS: a lane of the source (bits 7–6) into one of the destination (5–4), then lanes cleared (3–0). */
const insertSingle: InstructionDescription = {
  name: 'insertps',
  encodings: ['66 0f 3a 21 V,U,Ib', '66 0f 3a 21 V,Md,Ib'],
  emit: (x) => {
    x.guardSse();
    const { body } = x;
    const control = body.let(immediate(x));
    const value = body.local('i32');
    if (x.isMemory(1)) body.set(value, i32.wrap(readLow(x, 1, 32)));
    else {
      stage(x, x.read128(1), state.operandB);
      body.set(value, stagedLane32(control, 6, state.operandB));
    }
    stage(x, x.read128(0));
    const place = i32.and(i32.shl(i32.shr_u(control, i32.const(4)), i32.const(2)), i32.const(12));
    body.storeI32(place, value, state.operandA);
    const lanes = [0, 1, 2, 3].map((i) =>
      select(i32.and(control, i32.const(1 << i)), here, i32.load(here, state.operandA + 4 * i)),
    );
    x.write128(0, lanes32(lanes));
  },
};

// ── floats ──────────────────────────────────────────────────────────────────────────────────────

/** ROUNDPS and its kin. Bit 2 of the immediate: as MXCSR says; bit 3: PE is not flagged. */
function roundLanes(lanes: Lanes, scalar: boolean, code: string): InstructionDescription {
  const { element, vector } = lanes;
  return {
    name: `round${scalar ? 's' : 'p'}${lanes.suffix}`,
    encodings: [`66 0f 3a ${code} V,W${scalar ? lanes.letter : ''},Ib`],
    slow: (cpu) => {
      const operation = new SseOperation(cpu);
      const { environment } = operation;
      const control = controlWord(cpu);
      const rounding = control & 4 ? environment.rounding : control & 3;
      const results = Array.from({ length: scalar ? 1 : 128 / element.bits }, (_, i) => {
        const source = operation.operand(laneB(cpu, element, i));
        return roundToInteger(environment, source, rounding);
      });
      // Denormals are no exception here.
      environment.flags &= ~EXCEPTION.DENORMAL;
      if (control & 8) environment.flags &= ~EXCEPTION.PRECISION;
      operation.finish();
      for (const [i, result] of results.entries()) setLaneBits(cpu, element.bits, i, element.encode(result));
    },
    emit: (x) => {
      x.guardSse();
      const { body } = x;
      const source = readSource(x, 1, lanes, scalar);
      const control = body.let(immediate(x));
      body.storeI32(here, control, state.control);
      const mxcsr = body.let(i32.load(here, state.mxcsr));
      const current = i32.and(i32.shr_u(mxcsr, i32.const(13)), i32.const(3));
      const rounding = select(i32.and(control, i32.const(4)), current, i32.and(control, i32.const(3)));
      const result = body.local('v128');
      body.switch(
        rounding,
        [vector.nearest, vector.floor, vector.ceil, vector.trunc].map(
          (round) => () => body.set(result, round(source)),
        ),
        () => body.unreachable(),
      );
      // No NaN; PE unwanted, or flagged and masked already; denormals are what they are.
      const quietBits = i32.and(mxcsr, i32.const(0x1000 | MXCSR.PRECISION_FLAG | MXCSR.DENORMALS_ARE_ZERO));
      const quiet = i32.or(
        i32.eq(quietBits, i32.const(0x1000 | MXCSR.PRECISION_FLAG)),
        i32.and(
          i32.and(control, i32.const(8)),
          i32.shl(i32.eqz(i32.and(mxcsr, i32.const(MXCSR.DENORMALS_ARE_ZERO))), i32.const(3)),
        ),
      );
      const condition = i32.and(holds(lanes, scalar, vector.eq(source, source)), i32.ne(quiet, i32.const(0)));
      writeResult(x, lanes, scalar, orSlow(x, condition, result, source, source));
    },
  };
}

/** DPPS, DPPD: products of the lanes the immediate names, added in pairs, to the lanes it names. */
function dotProduct(lanes: Lanes, code: string): InstructionDescription {
  const { element } = lanes;
  const count = 128 / element.bits;
  return {
    name: `dpp${lanes.suffix}`,
    encodings: [`66 0f 3a ${code} V,W,Ib`],
    slow: (cpu) => dot(cpu, lanes, count),
    emit: (x) => {
      x.guardSse();
      const b = x.read128(1);
      x.body.storeI32(here, immediate(x), state.control);
      x.write128(0, x.body.let(allSlow(x, x.read128(0), b)));
    },
  };
}

function dot(cpu: Processor, { element }: Lanes, count: number): void {
  const { format, bits, encode, decode } = element;
  const control = controlWord(cpu);
  const operation = new SseOperation(cpu);
  const { environment } = operation;
  // Each step is an operation of its own: its results may be denormal operands of the next, and its exceptions are
  // raised before the next.
  const step = (results: readonly Real[]): Real[] => {
    operation.finish();
    return results.map((result) => operation.operand(decode(encode(result))));
  };
  let terms = step(
    Array.from({ length: count }, (_, i): Real => {
      if (!(control & (0x10 << i))) return zero(false);
      const a = operation.operand(laneA(cpu, element, i));
      const b = operation.operand(laneB(cpu, element, i));
      return multiply(environment, format, a, b);
    }),
  );
  while (terms.length > 1) {
    const pairs = terms.filter((_, i) => !(i & 1));
    terms = step(pairs.map((term, i) => add(environment, format, term, terms[2 * i + 1]!)));
  }
  const sum = encode(terms[0]!);
  for (let i = 0; i < count; i++) setLaneBits(cpu, bits, i, control & (1 << i) ? sum : 0n);
}

// ── tests ───────────────────────────────────────────────────────────────────────────────────────

function test(x: Emitter): void {
  x.guardSse();
  const b = x.read128(1);
  const a: Local<'v128'> = x.read128(0);
  const zf = i32.eqz(anyTrue(v128.and(a, b)));
  const cf = i32.eqz(anyTrue(v128.andnot(b, a)));
  x.flags.load(i32.or(i32.shl(zf, i32.const(Math.log2(FLAG.ZF))), cf));
}

export const sse41: InstructionDescription[] = [
  xmm('pmulld', '0f 38 40', i32x4.mul),
  xmm('pmuldq', '0f 38 28', multiplyEven),
  xmm('pcmpeqq', '0f 38 29', i64x2.eq),
  xmm('packusdw', '0f 38 2b', i16x8.narrow_i32x4_u),
  xmm('pminsb', '0f 38 38', i8x16.min_s),
  xmm('pminsd', '0f 38 39', i32x4.min_s),
  xmm('pminuw', '0f 38 3a', i16x8.min_u),
  xmm('pminud', '0f 38 3b', i32x4.min_u),
  xmm('pmaxsb', '0f 38 3c', i8x16.max_s),
  xmm('pmaxsd', '0f 38 3d', i32x4.max_s),
  xmm('pmaxuw', '0f 38 3e', i16x8.max_u),
  xmm('pmaxud', '0f 38 3f', i32x4.max_u),
  xmm('phminposuw', '0f 38 41', smallestWord),
  ...widenings.map(([from, to], i) => widen(true, 0x20 + i, from, to)),
  ...widenings.map(([from, to], i) => widen(false, 0x30 + i, from, to)),
  blockDifferences,
  blend('pblendw', '0e', 16),
  blend('blendps', '0c', 32),
  blend('blendpd', '0d', 64),
  blendByRegister('pblendvb', '10', (mask) => i8x16.shr_s(mask, i32.const(7))),
  blendByRegister('blendvps', '14', (mask) => i32x4.shr_s(mask, i32.const(31))),
  blendByRegister('blendvpd', '15', (mask) => i64x2.shr_s(mask, i32.const(63))),
  extract('pextrb', ['66 0f 3a 14 Rd,V,Ib', '66 0f 3a 14 Mb,V,Ib'], 8),
  extract('pextrw2', ['66 0f 3a 15 Rd,V,Ib', '66 0f 3a 15 Mw,V,Ib'], 16),
  extract('pextrd', ['66 0f 3a 16 Ed,V,Ib ;w0', '66 0f 3a 17 Ed,V,Ib'], 32),
  extract('pextrq', ['66 0f 3a 16 Eq,V,Ib ;w1'], 64),
  insert('pinsrb', ['66 0f 3a 20 V,Rd,Ib', '66 0f 3a 20 V,Mb,Ib'], 8),
  insert('pinsrd', ['66 0f 3a 22 V,Ed,Ib ;w0'], 32),
  insert('pinsrq', ['66 0f 3a 22 V,Eq,Ib ;w1'], 64),
  insertSingle,
  ...[singles, doubles].flatMap((lanes, i) => [
    roundLanes(lanes, false, i ? '09' : '08'),
    roundLanes(lanes, true, i ? '0b' : '0a'),
    dotProduct(lanes, i ? '41' : '40'),
  ]),
  { name: 'ptest', encodings: ['66 0f 38 17 V,W'], emit: test },
];
