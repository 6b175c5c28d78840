import { FLAG } from '../../../abi/x86/flags.js';
import { here } from '../../engine/layout.js';
import { type Body, type I32, type I64, i32, i64, select } from '../../wasm/code.js';
import type { Size } from '../operands.js';
import { state } from '../state.js';

/** Sign-extends the low `size` bits. */
export function signExtend(value: I64, size: Size): I64 {
  return size === 8
    ? i64.extend8_s(value)
    : size === 16
      ? i64.extend16_s(value)
      : size === 32
        ? i64.extend32_s(value)
        : value;
}

/** Clears all but the low `size` bits. */
export function zeroExtend(value: I64, size: Size): I64 {
  return size === 64 ? value : i64.and(value, i64.const((1n << BigInt(size)) - 1n));
}

/** Emission of the arithmetic flags. Operands are zero-extended; results may have garbage above `size`. */
export class Flags {
  constructor(readonly body: Body) {}

  /** What is kept of the last result: see `state.flagsResult`. */
  protected result(): I64 {
    return i64.load(here, state.flagsResult);
  }

  /** See `state.flagsAux`. */
  protected aux(): I32 {
    return i32.load(here, state.flagsAux);
  }

  protected put(result: I64, aux: I32): void {
    this.body.store64(here, result, state.flagsResult);
    this.body.storeI32(here, aux, state.flagsAux);
  }

  protected putAux(aux: I32): void {
    this.body.storeI32(here, aux, state.flagsAux);
  }

  /** Sets ZF, SF and PF from `result`, and CF, AF, OF (and inversions of PF, SF) from `aux`. */
  set(result: I64, size: Size, aux: I32): void {
    this.put(signExtend(result, size), aux);
  }

  /** AND, OR, XOR, TEST: CF = OF = AF = 0. */
  logic(result: I64, size: Size): void {
    this.set(result, size, i32.const(0));
  }

  /** `result = a + b` (+ carry when `withCarry`, where CF comes from the carry vector). */
  add(a: I64, b: I64, result: I64, size: Size, withCarry = false): void {
    const carry = withCarry
      ? i32.and(
          i32.wrap(
            i64.shr_u(
              i64.or(i64.and(a, b), i64.and(i64.or(a, b), i64.xor(result, i64.const(-1)))),
              i64.const(size - 1),
            ),
          ),
          i32.const(1),
        )
      : i64.lt_u(zeroExtend(result, size), a);
    const overflow = i64.and(i64.xor(a, result), i64.xor(b, result));
    this.set(result, size, this.#aux(carry, overflow, i64.xor(i64.xor(a, b), result), size));
  }

  /** `result = a - b` (- borrow when `withBorrow`). */
  sub(a: I64, b: I64, result: I64, size: Size, withBorrow = false): void {
    const carry = withBorrow
      ? i32.and(
          i32.wrap(
            i64.shr_u(
              i64.or(
                i64.and(i64.xor(a, i64.const(-1)), b),
                i64.and(i64.xor(i64.xor(a, b), i64.const(-1)), result),
              ),
              i64.const(size - 1),
            ),
          ),
          i32.const(1),
        )
      : i64.lt_u(a, b);
    const overflow = i64.and(i64.xor(a, b), i64.xor(a, result));
    this.set(result, size, this.#aux(carry, overflow, i64.xor(i64.xor(a, b), result), size));
  }

  /** INC and DEC: like adding or subtracting 1, CF kept. */
  step(a: I64, result: I64, size: Size, up: boolean): void {
    const overflow = up ? i64.and(i64.xor(a, result), result) : i64.and(a, i64.xor(a, result));
    const carry = i32.and(this.aux(), i32.const(FLAG.CF));
    this.set(result, size, this.#aux(carry, overflow, i64.xor(i64.xor(a, i64.const(1)), result), size));
  }

  #aux(carry: I32, overflow: I64, adjust: I64, size: Size): I32 {
    return i32.or(
      i32.or(carry, i32.and(i32.wrap(adjust), i32.const(FLAG.AF))),
      i32.and(
        i32.wrap(
          size < 12 ? i64.shl(overflow, i64.const(12 - size)) : i64.shr_u(overflow, i64.const(size - 12)),
        ),
        i32.const(FLAG.OF),
      ),
    );
  }

  /** Only CF (and optionally OF) change; the other flags stay as they are. */
  setCarry(carry: I32, overflow?: I32): void {
    const kept = i32.and(this.aux(), i32.const(overflow ? ~(FLAG.CF | FLAG.OF) : ~FLAG.CF));
    const withCarry = i32.or(kept, carry);
    const aux = overflow ? i32.or(withCarry, i32.shl(overflow, i32.const(11))) : withCarry;
    this.putAux(aux);
  }

  /** Only ZF changes; CF, PF, AF, SF, OF stay as they are. */
  setZero(zero: I32): void {
    this.load(i32.or(i32.and(this.arithmetic(), i32.const(~FLAG.ZF)), i32.shl(zero, i32.const(6))));
  }

  /** Sets all six from bits in RFLAGS places; other bits of `bits` are ignored. */
  load(bits: I32): void {
    const value = this.body.let(bits);
    const zero = this.body.let(i32.and(value, i32.const(FLAG.ZF)));
    // flagsResult becomes 0 (ZF, even parity) or 1 (odd parity); SF is stored as an inversion of "not negative".
    const parity = i32.xor(
      i32.and(value, i32.const(FLAG.PF)),
      select(zero, i32.const(FLAG.PF), i32.const(0)),
    );
    const kept = i32.and(value, i32.const(FLAG.CF | FLAG.AF | FLAG.SF | FLAG.OF));
    this.put(i64.extend_u(i32.eqz(zero)), i32.or(kept, parity));
  }

  /** 0 or 1 each. */
  cf(): I32 {
    return i32.and(this.aux(), i32.const(1));
  }
  zf(): I32 {
    return i64.eqz(this.result());
  }
  sf(): I32 {
    return i32.xor(
      i64.lt_s(this.result(), i64.const(0)),
      i32.and(i32.shr_u(this.aux(), i32.const(7)), i32.const(1)),
    );
  }
  of(): I32 {
    return i32.and(i32.shr_u(this.aux(), i32.const(11)), i32.const(1));
  }
  pf(): I32 {
    const low = i32.and(i32.wrap(this.result()), i32.const(0xff));
    const even = i32.eqz(i32.and(i32.popcnt(low), i32.const(1)));
    return i32.xor(even, i32.and(i32.shr_u(this.aux(), i32.const(2)), i32.const(1)));
  }

  /** Condition `cc` of Jcc, SETcc, CMOVcc (Intel SDM vol. 2, appendix B.1.4.7): 0 or 1. */
  condition(cc: number): I32 {
    const less = (): I32 => i32.xor(this.sf(), this.of());
    const bases = [
      () => this.of(),
      () => this.cf(),
      () => this.zf(),
      () => i32.or(this.cf(), this.zf()),
      () => this.sf(),
      () => this.pf(),
      less,
      () => i32.or(less(), this.zf()),
    ];
    const value = bases[cc >> 1]!();
    return cc & 1 ? i32.eqz(value) : value;
  }

  /** The six flags in their RFLAGS places. */
  arithmetic(): I32 {
    const shifted = (flag: I32, by: number): I32 => i32.shl(flag, i32.const(by));
    return i32.or(
      i32.and(this.aux(), i32.const(FLAG.CF | FLAG.AF | FLAG.OF)),
      i32.or(shifted(this.pf(), 2), i32.or(shifted(this.zf(), 6), shifted(this.sf(), 7))),
    );
  }

  /** All of RFLAGS. */
  all(): I32 {
    return i32.or(this.arithmetic(), i32.load(here, state.flagsSystem));
  }
}
