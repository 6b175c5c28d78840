import { type I32, type I64, i32, i64, v128 } from '../../wasm/code.js';
import { i8x16, i64x2 } from '../../wasm/simd.js';
import type { Emitter } from '../emitter/emitter.js';
import type { InstructionDescription } from '../instruction.js';
import { state } from '../state.js';
import {
  enterMmx,
  guard,
  immediate,
  lanes32,
  readLow,
  readVector,
  stage,
  stagedLane32,
  usesMmx,
  writeVector,
} from './simd-operands.js';

/** Four words of staged memory at `at`, chosen by an immediate, as a quadword. */
function chooseWords(x: Emitter, selector: I32, at: number): I64 {
  const word = (i: number): I64 => {
    const offset = i32.and(i32.shl(i32.shr_u(selector, i32.const(2 * i)), i32.const(1)), i32.const(6));
    return i64.shl(i64.load16_u(offset, at), i64.const(16 * i));
  };
  return x.body.let(i64.or(i64.or(word(0), word(1)), i64.or(word(2), word(3))));
}

/** PSHUFLW, PSHUFHW: the other half is copied. */
const shuffleHalf = (name: string, prefix: string, high: 0 | 1): InstructionDescription => ({
  name,
  encodings: [`${prefix} 0f 70 V,W,Ib`],
  emit: (x) => {
    x.guardSse();
    const source = x.read128(1);
    stage(x, source);
    const words = chooseWords(x, x.body.let(immediate(x)), state.operandA + 8 * high);
    x.write128(0, i64x2.replace(source, high, words));
  },
});

/** PINSRW and PEXTRW take the word that the low bits of the immediate name. */
function wordOffset(x: Emitter): I32 {
  const last = usesMmx(x) ? 3 : 7;
  return x.body.let(i32.shl(i32.and(immediate(x), i32.const(last)), i32.const(1)));
}

export const sseShuffle: InstructionDescription[] = [
  {
    name: 'pshufd',
    encodings: ['66 0f 70 V,W,Ib'],
    emit: (x) => {
      x.guardSse();
      stage(x, x.read128(1));
      const selector = x.body.let(immediate(x));
      x.write128(0, lanes32([0, 2, 4, 6].map((bit) => stagedLane32(selector, bit))));
    },
  },
  shuffleHalf('pshuflw', 'f2', 0),
  shuffleHalf('pshufhw', 'f3', 1),
  {
    name: 'pshufw',
    encodings: ['np 0f 70 P,Q,Ib'],
    emit: (x) => {
      x.guardMmx();
      stage(x, readVector(x, 1));
      enterMmx(x);
      writeVector(x, 0, i64x2.splat(chooseWords(x, x.body.let(immediate(x)), state.operandA)));
    },
  },
  {
    name: 'shufps',
    encodings: ['np 0f c6 V,W,Ib'],
    emit: (x) => {
      x.guardSse();
      stage(x, x.read128(1), state.operandB);
      stage(x, x.read128(0));
      const selector = x.body.let(immediate(x));
      x.write128(
        0,
        lanes32([
          stagedLane32(selector, 0),
          stagedLane32(selector, 2),
          stagedLane32(selector, 4, state.operandB),
          stagedLane32(selector, 6, state.operandB),
        ]),
      );
    },
  },
  {
    name: 'shufpd',
    encodings: ['66 0f c6 V,W,Ib'],
    emit: (x) => {
      x.guardSse();
      stage(x, x.read128(1), state.operandB);
      stage(x, x.read128(0));
      const selector = x.body.let(immediate(x));
      const half = (bit: number, at: number): I64 =>
        i64.load(i32.shl(i32.and(i32.shr_u(selector, i32.const(bit)), i32.const(1)), i32.const(3)), at);
      x.write128(0, i64x2.replace(i64x2.splat(half(0, state.operandA)), 1, half(1, state.operandB)));
    },
  },
  {
    name: 'pinsrw',
    encodings: ['66 0f c4 V,Rd,Ib', '66 0f c4 V,Mw,Ib', 'np 0f c4 P,Rd,Ib', 'np 0f c4 P,Mw,Ib'],
    emit: (x) => {
      guard(x);
      const word = readLow(x, 1, 16);
      stage(x, readVector(x, 0));
      if (usesMmx(x)) enterMmx(x);
      x.body.store16(wordOffset(x), word, state.operandA);
      writeVector(x, 0, v128.load(i32.const(0), state.operandA));
    },
  },
  {
    name: 'pextrw',
    encodings: ['66 0f c5 Gd,U,Ib', 'np 0f c5 Gd,N,Ib'],
    emit: (x) => {
      guard(x);
      stage(x, readVector(x, 1));
      if (usesMmx(x)) enterMmx(x);
      x.write(0, i64.load16_u(wordOffset(x), state.operandA), 32);
    },
  },
  {
    name: 'pmovmskb',
    encodings: ['66 0f d7 Gd,U', 'np 0f d7 Gd,N'],
    emit: (x) => {
      guard(x);
      const mask = i8x16.bitmask(readVector(x, 1));
      const wanted = x.body.let(usesMmx(x) ? i32.and(mask, i32.const(0xff)) : mask);
      if (usesMmx(x)) enterMmx(x);
      x.write(0, i64.extend_u(wanted), 32);
    },
  },
];
