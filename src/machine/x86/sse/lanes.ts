import { decode32, decode64, encode32, encode64 } from '../float/encode.js';
import type { Real } from '../float/real.js';
import { binary32, binary64, type Format } from '../float/rounding.js';
import type { Processor } from '../processor.js';
import { state } from '../state.js';

/** Elements of the vectors that an instruction staged for its `slow`. */

/** A format with its places in a vector. */
export interface Element {
  readonly bits: 32 | 64;
  readonly format: Format;
  decode(bits: bigint): Real;
  encode(a: Real): bigint;
}

export const single: Element = { bits: 32, format: binary32, decode: decode32, encode: encode32 };
export const double: Element = { bits: 64, format: binary64, decode: decode64, encode: encode64 };

/** Lane `i` of `bits` of the staged vector at `at`, as an unsigned integer. */
export function laneBits(cpu: Processor, at: number, bits: 32 | 64, i: number): bigint {
  const { view } = cpu.memory;
  return bits === 64 ? view.getBigUint64(at + 8 * i, true) : BigInt(view.getUint32(at + 4 * i, true));
}

export function setLaneBits(cpu: Processor, bits: 32 | 64, i: number, value: bigint): void {
  const { view } = cpu.memory;
  if (bits === 64) view.setBigUint64(state.result + 8 * i, BigInt.asUintN(64, value), true);
  else view.setUint32(state.result + 4 * i, Number(BigInt.asUintN(32, value)), true);
}

export const laneA = (cpu: Processor, { bits, decode }: Element, i: number): Real =>
  decode(laneBits(cpu, state.operandA, bits, i));
export const laneB = (cpu: Processor, { bits, decode }: Element, i: number): Real =>
  decode(laneBits(cpu, state.operandB, bits, i));

/** What the instruction's `emit` stored for it with the operands. */
export const controlWord = (cpu: Processor): number => cpu.memory.i32[state.control >> 2]!;
