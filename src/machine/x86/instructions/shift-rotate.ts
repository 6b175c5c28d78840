import { GPR } from '../../../abi/x86/registers.js';
import { type I32, type I64, i32, i64, type Local } from '../../wasm/code.js';
import type { Emitter } from '../emitter/emitter.js';
import { signExtend, zeroExtend } from '../flags/flags.js';
import type { InstructionDescription } from '../instruction.js';

/** Bit `n` of a value: 0 or 1. */
const bit = (value: I64, n: I64): I32 => i32.and(i32.wrap(i64.shr_u(value, n)), i32.const(1));

/** The count, cut to 5 or 6 bits, as i64. */
function readCount(x: Emitter, n: number): Local<'i64'> {
  const mask = i64.const(x.size === 64 ? 63 : 31);
  const count = x.kind(n) === 'i' ? x.read(n) : x.readGpr(GPR.RCX, 8);
  return x.body.let(i64.and(count, mask));
}

/** Sets the result flags, and CF and OF; AF is cleared. Nothing changes when the count is 0. */
function setShiftFlags(x: Emitter, count: I64, result: I64, carry: I32, overflow: I32): void {
  x.body.if(i64.ne(count, i64.const(0)), () => {
    x.flags.set(result, x.size, i32.or(carry, i32.shl(overflow, i32.const(11))));
  });
}

/** A shift: the value, and the carry and overflow that go with a count of at least 1. */
type Shift = (
  x: Emitter,
  old: Local<'i64'>,
  count: Local<'i64'>,
) => { result: Local<'i64'>; carry: I32; overflow: I32 };

const shiftLeft: Shift = (x, old, count) => {
  const { size } = x;
  const result = x.body.let(i64.shl(old, count));
  // Counts above the size (only 8 and 16 bits) shift zeros into CF, which reading the wider value gives for free.
  const carry = x.body.let(
    size === 64 ? bit(old, i64.sub(i64.const(64), count)) : bit(result, i64.const(size)),
  );
  return { result, carry, overflow: i32.xor(carry, bit(result, i64.const(size - 1))) };
};

const shiftRight: Shift = (x, old, count) => {
  const result = x.body.let(i64.shr_u(old, count));
  const carry = bit(old, i64.sub(count, i64.const(1)));
  return { result, carry, overflow: bit(old, i64.const(x.size - 1)) };
};

const shiftRightArithmetic: Shift = (x, old, count) => {
  const signed = x.body.let(signExtend(old, x.size));
  const result = x.body.let(i64.shr_s(signed, count));
  return { result, carry: bit(signed, i64.sub(count, i64.const(1))), overflow: i32.const(0) };
};

const encodings = (digit: number): string[] => [
  `c0 /${digit} Eb,Ib`,
  `c1 /${digit} Ev,Ib`,
  `d0 /${digit} Eb,1`,
  `d1 /${digit} Ev,1`,
  `d2 /${digit} Eb,CL`,
  `d3 /${digit} Ev,CL`,
];

const shift = (name: string, digits: number[], operation: Shift): InstructionDescription => ({
  name,
  encodings: digits.flatMap(encodings),
  emit: (x) => {
    const count = readCount(x, 1);
    x.modify(0, (old) => {
      const { result, carry, overflow } = operation(x, old, count);
      setShiftFlags(x, count, result, carry, overflow);
      return result;
    });
  },
});

const rotate = (name: string, digit: number, left: boolean): InstructionDescription => ({
  name,
  encodings: encodings(digit),
  emit: (x) => {
    const { size } = x;
    const count = readCount(x, 1);
    x.modify(0, (old) => {
      const by = x.body.let(i64.and(count, i64.const(size - 1)));
      const other = i64.and(i64.sub(i64.const(size), by), i64.const(63));
      const result = x.body.let(
        size === 64
          ? left
            ? i64.rotl(old, by)
            : i64.rotr(old, by)
          : zeroExtend(
              left
                ? i64.or(i64.shl(old, by), i64.shr_u(old, other))
                : i64.or(i64.shr_u(old, by), i64.shl(old, other)),
              size,
            ),
      );
      const top = bit(result, i64.const(size - 1));
      x.body.if(i64.ne(count, i64.const(0)), () => {
        const carry = left ? bit(result, i64.const(0)) : top;
        const overflow = left
          ? i32.xor(top, bit(result, i64.const(0)))
          : i32.xor(top, bit(result, i64.const(size - 2)));
        x.flags.setCarry(carry, overflow);
      });
      return result;
    });
  },
});

/** Rotates through CF: the value and CF are one number of size + 1 bits. */
const rotateCarry = (name: string, digit: number, left: boolean): InstructionDescription => ({
  name,
  encodings: encodings(digit),
  emit: (x) => {
    const { size, body } = x;
    const masked = readCount(x, 1);
    const width = size + 1;
    const count = body.let(size < 32 ? i64.rem_u(masked, i64.const(width)) : masked);
    x.modify(0, (old) => {
      const result = body.let(old);
      body.if(i64.ne(count, i64.const(0)), () => {
        const carry = body.let(i64.extend_u(x.flags.cf()));
        // The bits that leave are shifted in two steps, since a shift by 64 would be one by 0.
        const back = i64.sub(i64.const(size), count);
        const newCarry = left ? bit(old, back) : bit(old, i64.sub(count, i64.const(1)));
        const pinned = body.let(newCarry);
        const rest = left
          ? i64.shr_u(i64.shr_u(old, back), i64.const(1))
          : zeroExtend(i64.shl(i64.shl(old, back), i64.const(1)), size);
        const shifted = left ? i64.shl(old, count) : i64.shr_u(old, count);
        const inserted = left ? i64.shl(carry, i64.sub(count, i64.const(1))) : i64.shl(carry, back);
        body.set(result, zeroExtend(i64.or(i64.or(shifted, inserted), rest), size));
        const top = bit(result, i64.const(size - 1));
        const overflow = left ? i32.xor(top, pinned) : i32.xor(top, bit(result, i64.const(size - 2)));
        x.flags.setCarry(pinned, overflow);
      });
      return result;
    });
  },
});

/** SHLD, SHRD. With 16-bit operands and counts above 16 the source wraps around, as processors do. */
const double = (name: string, encodings: string[], left: boolean): InstructionDescription => ({
  name,
  encodings,
  emit: (x) => {
    const { size, body } = x;
    const count = readCount(x, 2);
    const source = x.read(1);
    x.modify(0, (old) => {
      const result = body.let(old);
      body.if(i64.ne(count, i64.const(0)), () => {
        if (size === 64) {
          const back = i64.sub(i64.const(64), count);
          body.set(
            result,
            left
              ? i64.or(i64.shl(old, count), i64.shr_u(source, back))
              : i64.or(i64.shr_u(old, count), i64.shl(source, back)),
          );
        } else if (size === 32) {
          const pair = left
            ? i64.or(i64.shl(old, i64.const(32)), source)
            : i64.or(i64.shl(source, i64.const(32)), old);
          body.set(result, left ? i64.shr_u(i64.shl(pair, count), i64.const(32)) : i64.shr_u(pair, count));
        } else {
          const triple = i64.or(i64.or(i64.shl(old, i64.const(32)), i64.shl(source, i64.const(16))), old);
          body.set(
            result,
            left ? i64.shr_u(i64.shl(triple, count), i64.const(32)) : i64.shr_u(triple, count),
          );
        }
        body.set(result, zeroExtend(result, size));
        const top = (value: I64): I32 => bit(value, i64.const(size - 1));
        const carry = left
          ? size === 16
            ? bit(i64.or(i64.shl(old, i64.const(16)), source), i64.sub(i64.const(32), count))
            : bit(old, i64.sub(i64.const(size), count))
          : size === 16
            ? bit(i64.or(i64.shl(source, i64.const(16)), old), i64.sub(count, i64.const(1)))
            : bit(old, i64.sub(count, i64.const(1)));
        x.flags.set(result, size, i32.or(carry, i32.shl(i32.xor(top(old), top(result)), i32.const(11))));
      });
      return result;
    });
  },
});

export const shiftRotate: InstructionDescription[] = [
  rotate('rol', 0, true),
  rotate('ror', 1, false),
  rotateCarry('rcl', 2, true),
  rotateCarry('rcr', 3, false),
  shift('shl', [4, 6], shiftLeft),
  shift('shr', [5], shiftRight),
  shift('sar', [7], shiftRightArithmetic),
  double('shld', ['0f a4 Ev,Gv,Ib', '0f a5 Ev,Gv,CL'], true),
  double('shrd', ['0f ac Ev,Gv,Ib', '0f ad Ev,Gv,CL'], false),
];
