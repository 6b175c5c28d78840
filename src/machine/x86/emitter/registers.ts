import { storeSized } from '../../engine/access.js';
import { here } from '../../engine/layout.js';
import { type Body, type I64, i32, i64, type Local } from '../../wasm/code.js';
import { zeroExtend } from '../flags/flags.js';
import type { Size } from '../operands.js';
import { state } from '../state.js';

/** What is known about the registers at a point of a region. */
export interface RegistersKnown {
  /** One bit a register whose value is in its local. */
  readonly loaded: number;
  /** One bit a register whose upper half is known to be 0. */
  readonly narrow: number;
}

/**
 * General registers of translated code: read from memory once, kept in locals, written to both. So what leaves a region
 * need not save them.
 */
export class Registers {
  #loaded = 0;
  #narrow = 0;
  /** Depth at which code runs whenever its instruction does. */
  baseDepth = 0;
  readonly #locals: (Local<'i64'> | undefined)[] = [];

  constructor(readonly body: Body) {}

  get known(): RegistersKnown {
    return { loaded: this.#loaded, narrow: this.#narrow };
  }

  assume({ loaded, narrow }: RegistersKnown): void {
    this.#loaded = loaded;
    this.#narrow = narrow;
  }

  /** Loads registers, one bit each. */
  load(wanted: number): void {
    for (let n = 0; n < 16; n++) if (wanted & (1 << n)) this.#value(n);
  }

  #local(n: number): Local<'i64'> {
    return (this.#locals[n] ??= this.body.permanent('i64'));
  }

  #value(n: number): I64 {
    if (this.#loaded & (1 << n)) return this.#local(n);
    const stored = i64.load(here, state.gpr + 8 * n);
    if (this.body.depth > this.baseDepth) return stored;
    this.body.set(this.#local(n), stored);
    this.#loaded |= 1 << n;
    this.#narrow &= ~(1 << n);
    return this.#local(n);
  }

  /** Zero-extended; not pinned. `high`: bits 8 to 15 of it. */
  read(n: number, size: Size, high = false): I64 {
    const value = this.#value(n);
    if (high) return i64.and(i64.shr_u(value, i64.const(8)), i64.const(0xff));
    if (size === 32 && this.#loaded & this.#narrow & (1 << n)) return value;
    return zeroExtend(value, size);
  }

  write(n: number, value: I64, size: Size, high = false): void {
    const { body } = this;
    const bit = 1 << n;
    const at = state.gpr + 8 * n + (high ? 1 : 0);
    const full = size === 32 ? zeroExtend(value, 32) : value;
    if (body.depth > this.baseDepth && !(this.#loaded & bit)) {
      storeSized(body, i32.const(at), full, size === 32 ? 64 : size);
      return;
    }
    const local = this.#local(n);
    if (size >= 32) {
      body.set(local, full);
      this.#loaded |= bit;
      if (size === 32 && body.depth === this.baseDepth) this.#narrow |= bit;
      else if (size === 64) this.#narrow &= ~bit;
      body.store64(here, local, state.gpr + 8 * n);
      return;
    }
    if (!(this.#loaded & bit)) {
      storeSized(body, i32.const(at), value, size);
      return;
    }
    const mask = (size === 8 ? 0xffn : 0xffffn) << (high ? 8n : 0n);
    const placed = high ? i64.shl(value, i64.const(8)) : value;
    body.set(local, i64.or(i64.and(local, i64.const(~mask)), i64.and(placed, i64.const(mask))));
    body.store64(here, local, state.gpr + 8 * n);
  }
}
