import { here } from '../../engine/layout.js';
import { type I32, i32, type Local, type V128, v128 } from '../../wasm/code.js';
import { constant, f32x4, f64x2, i32x4, i64x2 } from '../../wasm/simd.js';
import type { Emitter } from '../emitter/emitter.js';
import { double, type Element, single } from '../sse/lanes.js';
import { MXCSR } from '../sse/mxcsr.js';
import { state } from '../state.js';
import { readLow, stage, writeLow } from './simd-operands.js';

/**
 * Floating-point vectors in generated code. WebAssembly's arithmetic is x86's as long as rounding is to nearest, no
 * operand or result is a NaN, an infinity or denormal, and MXCSR.PE is set already (or no exception can occur): then
 * nothing but the result has to be found. Everything else goes through the description's `slow`, exactly.
 */

/** One float format in WebAssembly. */
export interface Lanes {
  readonly element: Element;
  /** Code letter of a scalar operand. */
  readonly letter: 'd' | 'q';
  readonly prefixes: { readonly packed: 'np' | '66'; readonly scalar: 'f3' | 'f2' };
  readonly suffix: 's' | 'd';
  readonly vector: typeof f32x4 | typeof f64x2;
  readonly smallest: V128;
  readonly largest: V128;
  readonly bitmask: (a: V128) => I32;
  readonly allTrue: (a: V128) => I32;
}

export const singles: Lanes = {
  element: single,
  letter: 'd',
  prefixes: { packed: 'np', scalar: 'f3' },
  suffix: 's',
  vector: f32x4,
  smallest: constant.i32(0x00800000),
  largest: constant.i32(0x7f7fffff),
  bitmask: i32x4.bitmask,
  allTrue: i32x4.all_true,
};

export const doubles: Lanes = {
  element: double,
  letter: 'q',
  prefixes: { packed: '66', scalar: 'f2' },
  suffix: 'd',
  vector: f64x2,
  smallest: constant.i64(0x0010000000000000n),
  largest: constant.i64(0x7fefffffffffffffn),
  bitmask: i64x2.bitmask,
  allTrue: i64x2.all_true,
};

export const zeros: V128 = constant.i64(0n);

/** Lanes that are denormal. */
export const denormal = ({ vector, smallest }: Lanes, a: V128): V128 =>
  v128.and(vector.lt(vector.abs(a), smallest), vector.ne(a, zeros));
/** Lanes that are neither infinite nor NaN. */
export const finiteLanes = ({ vector, largest }: Lanes, a: V128): V128 => vector.le(vector.abs(a), largest);
/** Lanes in which neither is a NaN or denormal. */
export const plain = (lanes: Lanes, a: V128, b: V128): V128 =>
  v128.andnot(
    v128.and(lanes.vector.eq(a, a), lanes.vector.eq(b, b)),
    v128.or(denormal(lanes, a), denormal(lanes, b)),
  );

/** Rounding to nearest, and an inexact result changes nothing: PE is masked and flagged. */
export function inexactIsQuiet(): I32 {
  const relevant = MXCSR.ROUNDING | 0x1000 | MXCSR.PRECISION_FLAG;
  return i32.eq(
    i32.and(i32.load(here, state.mxcsr), i32.const(relevant)),
    i32.const(0x1000 | MXCSR.PRECISION_FLAG),
  );
}

/** Does a mask hold for the lanes of the operation? */
export function holds({ allTrue, bitmask }: Lanes, scalar: boolean, mask: V128): I32 {
  return scalar ? i32.and(bitmask(mask), i32.const(1)) : allTrue(mask);
}

/** The source operand of a packed or scalar operation; a scalar stands in every lane. */
export function readSource(x: Emitter, n: number, { element }: Lanes, scalar: boolean): Local<'v128'> {
  if (!scalar) return x.read128(n);
  const low = readLow(x, n, element.bits);
  return x.body.let(element.bits === 64 ? i64x2.splat(low) : i32x4.splat(i32.wrap(low)));
}

/** Writes all lanes, or the lowest only. */
export function writeResult(x: Emitter, { element }: Lanes, scalar: boolean, value: V128): void {
  if (scalar) writeLow(x, 0, i64x2.extract(value, 0), element.bits);
  else x.write128(0, value);
}

/** `fast` where `condition` holds, else what `slow` makes of the staged operands. */
export function orSlow(x: Emitter, condition: I32, fast: V128, a: V128, b: V128): Local<'v128'> {
  const { body } = x;
  const result = body.local('v128');
  body.if(
    condition,
    () => body.set(result, fast),
    () => {
      stage(x, a);
      stage(x, b, state.operandB);
      x.callSlow();
      body.set(result, v128.load(here, state.result));
    },
  );
  return result;
}

/** The same without a fast way. */
export function allSlow(x: Emitter, a: V128, b: V128): V128 {
  stage(x, a);
  stage(x, b, state.operandB);
  x.callSlow();
  return v128.load(here, state.result);
}
