import type { Mode } from './layout.js';
import { fxSize } from './state.js';
import { FLAGS_REGISTER, type Outcome, type Patch, RIP_REGISTER, startOf, type Vector } from './vector.js';

/** A vector with what the processor that recorded it did. */
export interface Recorded {
  readonly vector: Vector;
  readonly outcome: Outcome;
}

/**
 * Recorded vectors as bytes. An outcome is kept as its differences to the start, so a vector takes some 50 bytes:
 *
 *   u8 mode, u8 number of instructions, u8 code length, code, u32 seed,
 *   registers, FXSAVE patches, memory patches (the start),
 *   u8 vector of the exception or 255, for an exception i32 error code and u64 address,
 *   registers, FXSAVE patches, memory patches (the outcome).
 *
 * Registers: u8 count, then u8 number and u64 value each. Patches: u16 count, then u32 address, u16 length, bytes each.
 * All little-endian.
 */
export const MAGIC = 0x3254565a;

class Writer {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const bigger = new Uint8Array(2 * (this.#bytes.length + bytes));
    bigger.set(this.#bytes);
    this.#bytes = bigger;
    this.#view = new DataView(bigger.buffer);
  }
  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }
  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }
  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }
  u64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#at, value, true);
    this.#at += 8;
  }
  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }
  registers(list: Vector['registers']): void {
    this.u8(list.length);
    for (const { register, value } of list) {
      this.u8(register);
      this.u64(value);
    }
  }
  patches(list: readonly Patch[]): void {
    this.u16(list.length);
    for (const { address, bytes } of list) {
      this.u32(address);
      this.u16(bytes.length);
      this.bytes(bytes);
    }
  }
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }
}

class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor(readonly data: Uint8Array) {
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }
  u8(): number {
    return this.#view.getUint8(this.#at++);
  }
  u16(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2, true);
  }
  u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }
  u64(): bigint {
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, true);
  }
  bytes(length: number): Uint8Array {
    this.#at += length;
    return this.data.subarray(this.#at - length, this.#at);
  }
  registers(): { register: number; value: bigint }[] {
    return Array.from({ length: this.u8() }, () => ({ register: this.u8(), value: this.u64() }));
  }
  patches(): Patch[] {
    return Array.from({ length: this.u16() }, () => ({ address: this.u32(), bytes: this.bytes(this.u16()) }));
  }
}

/** Runs of bytes in which `after` differs from `before`. */
function changedBytes(before: Uint8Array, after: Uint8Array): Patch[] {
  const patches: Patch[] = [];
  for (let i = 0; i < before.length; i++) {
    if (before[i] === after[i]) continue;
    let end = i;
    while (end < before.length && before[end] !== after[end]) end++;
    patches.push({ address: i, bytes: after.slice(i, end) });
    i = end;
  }
  return patches;
}

/** Whether a byte of the FXSAVE image is state of the machine: not the last instruction's addresses, not padding. */
function isState(at: number): boolean {
  if (at < 5) return at !== 5;
  if (at < 24 || (at >= 28 && at < 32)) return false;
  return at < 32 || at >= 160 || at % 16 < 10;
}

/** Clears what no comparison looks at. */
export function normalizeFx(fx: Uint8Array): Uint8Array {
  return fx.map((byte, at) => (isState(at) ? byte : 0));
}

export function encodeVectors(list: readonly Recorded[]): Uint8Array<ArrayBuffer> {
  const out = new Writer();
  out.u32(MAGIC);
  out.u32(list.length);
  for (const { vector, outcome } of list) {
    out.u8(vector.mode);
    out.u8(vector.instructions);
    out.u8(vector.code.length);
    out.bytes(vector.code);
    out.u32(vector.seed);
    out.registers(vector.registers);
    out.patches(vector.fx);
    out.patches(vector.memory);
    const { fault, state } = outcome;
    out.u8(fault ? fault.vector : 255);
    if (fault) {
      out.u32(fault.error);
      out.u64(fault.address);
    }
    const start = startOf(vector);
    const registers: { register: number; value: bigint }[] = [];
    for (const [register, value] of state.gpr.entries())
      if (value !== start.gpr[register]) registers.push({ register, value });
    if (state.flags !== start.flags)
      registers.push({ register: FLAGS_REGISTER, value: BigInt(state.flags >>> 0) });
    if (state.rip !== start.rip) registers.push({ register: RIP_REGISTER, value: state.rip });
    out.registers(registers);
    out.patches(changedBytes(normalizeFx(start.fx), normalizeFx(state.fx)));
    out.patches(outcome.memory);
  }
  return out.finish();
}

export function decodeVectors(data: Uint8Array): Recorded[] {
  const input = new Reader(data);
  if (input.u32() !== MAGIC) throw new Error('this is not a file of vectors');
  return Array.from({ length: input.u32() }, () => {
    const mode = input.u8() as Mode;
    const instructions = input.u8();
    const code = input.bytes(input.u8());
    const seed = input.u32();
    const registers = input.registers();
    const fx = input.patches();
    const memory = input.patches();
    const vector: Vector = { mode, code, instructions, seed, registers, fx, memory };
    const number = input.u8();
    const fault = number === 255 ? undefined : { vector: number, error: input.u32(), address: input.u64() };
    const state = startOf(vector);
    for (const { register, value } of input.registers()) {
      if (register === FLAGS_REGISTER) state.flags = Number(value);
      else if (register === RIP_REGISTER) state.rip = value;
      else state.gpr[register] = value;
    }
    for (const { address, bytes } of input.patches()) state.fx.set(bytes, address);
    if (state.fx.length !== fxSize) throw new Error('a patch goes beyond the FXSAVE image');
    return { vector, outcome: { state, fault, memory: input.patches() } };
  });
}
