import { storeSized } from '../../engine/access.js';
import { here } from '../../engine/layout.js';
import { record } from '../../engine/record.js';
import { type I32, type I64, i32, i64, type Local, type V128, v128 } from '../../wasm/code.js';
import { i32x4, i64x2 } from '../../wasm/simd.js';
import type { Emitter } from '../emitter/emitter.js';
import type { InstructionDescription } from '../instruction.js';
import type { Size } from '../operands.js';
import { state } from '../state.js';

/** What SSE and MMX descriptions have in common: checks, operands, tables. */

/** MMX registers are the significands of the x87's, in physical order. */
const isMmx = (x: Emitter, n: number): boolean => x.kind(n) === 'y';

/** Does the instruction work on MMX registers? */
export const usesMmx = (x: Emitter): boolean => x.form.includes('y');

/** #UD, #NM, #MF before anything else is looked at. */
export function guard(x: Emitter): void {
  if (usesMmx(x)) x.guardMmx();
  else x.guardSse();
}

/** MMX instructions make all registers valid and TOP 0 (Intel SDM vol. 1, §9.6.2). */
export function enterMmx(x: Emitter): void {
  const status = i32.and(i32.load(here, state.fpuStatus), i32.const(~0x3800));
  x.body.storeI32(here, status, state.fpuStatus);
  x.body.storeI32(here, i32.const(0xff), state.fpuTag);
}

/** Low `size` bits of operand `n`, zero-extended, pinned. */
export const readLow = (x: Emitter, n: number, size: Size): Local<'i64'> => x.read(n, size);

/** Writes the low `size` bits of operand `n`; the rest of a register stays. */
export function writeLow(x: Emitter, n: number, value: I64, size: Size): void {
  if (x.isMemory(n)) x.write(n, value, size);
  else storeSized(x.body, x.registerAddress(n), value, size);
}

/** Operand `n` as 128 bits: an MMX register or 64 bits of memory stand in the low half. */
export function readVector(x: Emitter, n: number, aligned = true): Local<'v128'> {
  if (isMmx(x, n) || (usesMmx(x) && x.isMemory(n))) {
    const size = x.sizes[n]!;
    return x.body.let(i64x2.splat(x.read(n, size)));
  }
  return x.read128(n, aligned);
}

/** Writes a register: an MMX one gets the low half, and an exponent of ones. */
export function writeVector(x: Emitter, n: number, value: V128): void {
  if (!isMmx(x, n)) {
    x.write128(n, value);
    return;
  }
  writeMmx(x, n, i64x2.extract(value, 0));
}

export function writeMmx(x: Emitter, n: number, value: I64): void {
  const { body } = x;
  const at = body.let(x.registerAddress(n));
  body.store64(at, value);
  body.store16(at, i64.const(0xffff), 8);
}

/** The immediate operand as i32. */
export const immediate = (x: Emitter): I32 => i32.load(x.rec, record.immediate);

/** A vector from four i32 lanes, lowest first. */
export function lanes32(values: readonly I32[]): V128 {
  return values
    .slice(1)
    .reduce((vector, value, i) => i32x4.replace(vector, i + 1, value), i32x4.splat(values[0]!));
}

export type VectorOperation = (a: Local<'v128'>, b: Local<'v128'>, x: Emitter) => V128;

/** Destination := operation(destination, source): XMM and, where `mmx`, MMX registers. */
export function packed(
  name: string,
  opcode: string,
  operation: VectorOperation,
  options: { mmx?: boolean; prefix?: string; narrowMemory?: boolean } = {},
): InstructionDescription {
  const { mmx = true, prefix = '66', narrowMemory = false } = options;
  const encodings = [`${prefix} ${opcode} V,W`];
  if (mmx) encodings.unshift(`np ${opcode} P,${narrowMemory ? 'Qd' : 'Q'}`);
  return {
    name,
    encodings,
    emit: (x) => {
      guard(x);
      const b = readVector(x, 1);
      const a = readVector(x, 0);
      if (usesMmx(x)) enterMmx(x);
      writeVector(x, 0, operation(a, b, x));
    },
  };
}

/** Stages a vector where its lanes can be read at places known only when it runs; returns nothing to keep pinned. */
export function stage(x: Emitter, value: V128, at: number = state.operandA): void {
  x.body.store128(here, value, at);
}

/** The staged 32-bit lane that two bits of `selector` at `bit` name. */
export function stagedLane32(selector: I32, bit: number, at: number = state.operandA): I32 {
  return i32.load(i32.and(i32.shl(i32.shr_u(selector, i32.const(bit)), i32.const(2)), i32.const(12)), at);
}

/** The vector shifted left (`by` negative) or right by bytes, zeros moved in. `by` is from -16 to 16. */
export function moveBytes(x: Emitter, value: V128, by: I32): V128 {
  x.body.store128(here, value, state.bytes + 16);
  return v128.load(i32.add(by, i32.const(state.bytes + 16)), 0);
}
