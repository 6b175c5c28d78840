import type { Mode } from './layout.js';
import { fxSize, inputState, type State } from './state.js';

/** Bytes put into memory before the instruction runs. */
export interface Patch {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** An instruction, or a few, and all they start from: `inputState(seed)` with registers and memory set on top. */
export interface Vector {
  readonly mode: Mode;
  readonly code: Uint8Array;
  /** How many instructions the code has. */
  readonly instructions: number;
  readonly seed: number;
  /** Values by register: 0–15 general, 16 flags, 17 linear RIP. */
  readonly registers: readonly { readonly register: number; readonly value: bigint }[];
  /** Bytes set in the FXSAVE image. */
  readonly fx: readonly Patch[];
  readonly memory: readonly Patch[];
}

/** What an instruction left behind. */
export interface Outcome {
  readonly state: State;
  /** Exception it raised; RIP stands on the instruction then. */
  readonly fault?: { readonly vector: number; readonly error: number; readonly address: bigint };
  /** Bytes that changed, against memory after the patches. */
  readonly memory: readonly Patch[];
  /** Instructions that retired, where that was counted. */
  readonly retired?: number;
}

export const FLAGS_REGISTER = 16;
export const RIP_REGISTER = 17;

/** The state a vector starts from. */
export function startOf(vector: Vector): State {
  const state = inputState(vector.seed, vector.mode);
  for (const { register, value } of vector.registers) {
    if (register === FLAGS_REGISTER) state.flags = Number(value);
    else if (register === RIP_REGISTER) state.rip = value;
    else state.gpr[register] = value;
  }
  for (const { address, bytes } of vector.fx) state.fx.set(bytes, address);
  if (state.fx.length !== fxSize) throw new Error('the FXSAVE image has a fixed size');
  return state;
}

/** Whether an address is that of the vector's code. */
export function isInside(vector: Vector, rip: bigint): boolean {
  const offset = rip - startOf(vector).rip;
  return offset >= 0n && offset < BigInt(vector.code.length);
}
