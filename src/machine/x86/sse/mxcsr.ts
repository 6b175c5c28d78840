import { CR4 } from '../../../abi/x86/control-registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { raise } from '../exceptions/fault.js';
import { KIND, type Real, zero } from '../float/real.js';
import { Environment, EXCEPTION } from '../float/rounding.js';
import type { Processor } from '../processor.js';
import { state } from '../state.js';

/** Bits of MXCSR (Intel SDM vol. 1, §10.2.3). */
export const MXCSR = {
  FLAGS: 0x3f,
  PRECISION_FLAG: 0x20,
  DENORMALS_ARE_ZERO: 0x40,
  MASKS: 0x1f80,
  ROUNDING: 0x6000,
  FLUSH_TO_ZERO: 0x8000,
} as const;

/** Exceptions found before an operation: unmasked, they stop it before the others are looked for. */
const BEFORE = EXCEPTION.INVALID | EXCEPTION.DENORMAL | EXCEPTION.ZERO;

/** One SSE instruction computed exactly: operands under MXCSR, and its exceptions over all lanes. */
export class SseOperation {
  readonly environment = new Environment();
  readonly #denormalsAreZero: boolean;

  constructor(readonly cpu: Processor) {
    const mxcsr = this.mxcsr;
    const { environment } = this;
    environment.firstNaN = true;
    environment.rounding = (mxcsr >> 13) & 3;
    environment.masks = (mxcsr >> 7) & 0x3f;
    environment.flushToZero = (mxcsr & MXCSR.FLUSH_TO_ZERO) !== 0;
    this.#denormalsAreZero = (mxcsr & MXCSR.DENORMALS_ARE_ZERO) !== 0;
  }

  get mxcsr(): number {
    return this.cpu.memory.i32[state.mxcsr >> 2]!;
  }

  /** An operand as the instruction sees it: MXCSR.DAZ makes denormals zero. */
  operand(a: Real): Real {
    return this.#denormalsAreZero && a.kind === KIND.FINITE && a.denormal ? zero(a.negative) : a;
  }

  /** Sets the flags and raises #XM (#UD without CR4.OSXMMEXCPT) when one is unmasked: no result is written then. */
  finish(): void {
    const { cpu, environment, mxcsr } = this;
    let { flags } = environment;
    const open = flags & ~environment.masks;
    if (open & BEFORE) flags &= BEFORE;
    cpu.memory.i32[state.mxcsr >> 2] = mxcsr | flags;
    if (open) raise(cpu.cr4 & CR4.OSXMMEXCPT ? VECTOR.XM : VECTOR.UD);
  }
}
