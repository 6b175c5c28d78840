import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { type I32, type I64, i32, i64, type Local } from '../../wasm/code.js';
import type { Emitter } from '../emitter/emitter.js';
import { signExtend, zeroExtend } from '../flags/flags.js';
import type { InstructionDescription } from '../instruction.js';
import type { Size } from '../operands.js';

/** High 64 bits of the 128-bit unsigned product. */
function multiplyHigh(x: Emitter, a: I64, b: I64): Local<'i64'> {
  const mask = i64.const(0xffffffffn);
  const shift = i64.const(32);
  const aLow = x.body.let(i64.and(a, mask));
  const aHigh = x.body.let(i64.shr_u(a, shift));
  const bLow = x.body.let(i64.and(b, mask));
  const bHigh = x.body.let(i64.shr_u(b, shift));
  const middle = x.body.let(i64.add(i64.mul(aHigh, bLow), i64.shr_u(i64.mul(aLow, bLow), shift)));
  const other = x.body.let(i64.add(i64.mul(aLow, bHigh), i64.and(middle, mask)));
  return x.body.let(
    i64.add(i64.add(i64.mul(aHigh, bHigh), i64.shr_u(middle, shift)), i64.shr_u(other, shift)),
  );
}

/** High 64 bits of the 128-bit signed product. */
function multiplyHighSigned(x: Emitter, a: I64, b: I64): Local<'i64'> {
  const high = multiplyHigh(x, a, b);
  const correction = i64.add(
    i64.and(i64.shr_s(a, i64.const(63)), b),
    i64.and(i64.shr_s(b, i64.const(63)), a),
  );
  return x.body.let(i64.sub(high, correction));
}

/** CF = OF = overflow; SF, ZF, PF follow the low half (undefined by the manual, so on current processors). */
function setProductFlags(x: Emitter, low: I64, overflow: I32): void {
  x.flags.set(low, x.size, i32.mul(overflow, i32.const(0x801)));
}

/** Writes a double-width product to AX, DX:AX, EDX:EAX or RDX:RAX. */
function writeProduct(x: Emitter, low: I64, high: I64): void {
  if (x.size === 8) x.writeGpr(GPR.RAX, low, 16);
  else {
    x.writeGpr(GPR.RAX, low, x.size);
    x.writeGpr(GPR.RDX, high, x.size);
  }
}

const half = (size: Size): I64 => i64.const(size);

function unsignedProduct(x: Emitter): void {
  const b = x.read(0);
  const a = x.readGpr(GPR.RAX, x.size);
  const low = x.body.let(i64.mul(a, b));
  const high = x.size === 64 ? multiplyHigh(x, a, b) : x.body.let(i64.shr_u(low, half(x.size)));
  writeProduct(x, low, high);
  setProductFlags(x, low, i64.ne(high, i64.const(0)));
}

function signedProduct(
  x: Emitter,
  a: I64,
  b: I64,
): { low: Local<'i64'>; high: Local<'i64'>; overflow: Local<'i32'> } {
  const left = x.body.let(signExtend(a, x.size));
  const right = x.body.let(signExtend(b, x.size));
  const low = x.body.let(i64.mul(left, right));
  if (x.size === 64) {
    const high = multiplyHighSigned(x, left, right);
    return { low, high, overflow: x.body.let(i64.ne(high, i64.shr_s(low, i64.const(63)))) };
  }
  const high = x.body.let(i64.shr_s(low, half(x.size)));
  return { low, high, overflow: x.body.let(i64.ne(low, signExtend(low, x.size))) };
}

/** Divides a dividend that fits 64 bits. */
function divideNarrow(x: Emitter, divisor: Local<'i64'>, signed: boolean): void {
  const { body, size } = x;
  const low = x.readGpr(GPR.RAX, size === 8 ? 16 : size);
  const dividend = body.let(
    size === 8
      ? signed
        ? signExtend(low, 16)
        : low
      : signed
        ? signExtend(i64.or(low, i64.shl(x.readGpr(GPR.RDX, size), half(size))), size === 16 ? 32 : 64)
        : i64.or(low, i64.shl(x.readGpr(GPR.RDX, size), half(size))),
  );
  body.if(i64.eqz(divisor), () => x.raise(VECTOR.DE));
  const quotient = body.local('i64');
  const remainder = body.local('i64');
  if (signed) {
    const by = body.let(signExtend(divisor, size));
    // The one quotient that traps in WebAssembly overflows here too.
    body.if(i32.and(i64.eq(by, i64.const(-1)), i64.eq(dividend, i64.const(-(1n << 63n)))), () =>
      x.raise(VECTOR.DE),
    );
    body.set(quotient, i64.div_s(dividend, by));
    body.set(remainder, i64.rem_s(dividend, by));
    body.if(i64.ne(quotient, signExtend(quotient, size)), () => x.raise(VECTOR.DE));
  } else {
    body.set(quotient, i64.div_u(dividend, divisor));
    body.set(remainder, i64.rem_u(dividend, divisor));
    body.if(i64.ne(quotient, zeroExtend(quotient, size)), () => x.raise(VECTOR.DE));
  }
  if (size === 8) {
    x.writeGpr(
      0,
      i64.or(i64.and(quotient, i64.const(255)), i64.shl(i64.and(remainder, i64.const(255)), i64.const(8))),
      16,
    );
  } else {
    x.writeGpr(GPR.RAX, quotient, size);
    x.writeGpr(GPR.RDX, remainder, size);
  }
}

/** 128 by 64 bit unsigned division by shift and subtract; `high` < `divisor`. */
function divideWide(
  x: Emitter,
  high: I64,
  low: I64,
  divisor: I64,
): { quotient: Local<'i64'>; remainder: Local<'i64'> } {
  const { body } = x;
  const remainder = body.let(high);
  const quotient = body.let(low);
  const count = body.local('i32');
  body.set(count, i32.const(64));
  body.loop((again) => {
    const carry = body.let(i64.shr_u(remainder, i64.const(63)));
    body.set(remainder, i64.or(i64.shl(remainder, i64.const(1)), i64.shr_u(quotient, i64.const(63))));
    body.set(quotient, i64.shl(quotient, i64.const(1)));
    body.if(i32.or(i32.wrap(carry), i64.ge_u(remainder, divisor)), () => {
      body.set(remainder, i64.sub(remainder, divisor));
      body.set(quotient, i64.or(quotient, i64.const(1)));
    });
    body.set(count, i32.sub(count, i32.const(1)));
    again(count);
  });
  return { quotient, remainder };
}

function divide64(x: Emitter, divisor: Local<'i64'>, signed: boolean): void {
  const { body } = x;
  const low = body.let(x.readGpr(GPR.RAX));
  const high = body.let(x.readGpr(GPR.RDX));
  body.if(i64.eqz(divisor), () => x.raise(VECTOR.DE));
  if (!signed) {
    body.if(i64.ge_u(high, divisor), () => x.raise(VECTOR.DE));
    body.if(
      i64.eqz(high),
      () => {
        x.writeGpr(GPR.RAX, i64.div_u(low, divisor));
        x.writeGpr(GPR.RDX, i64.rem_u(low, divisor));
      },
      () => {
        const { quotient, remainder } = divideWide(x, high, low, divisor);
        x.writeGpr(GPR.RAX, quotient);
        x.writeGpr(GPR.RDX, remainder);
      },
    );
    return;
  }
  const simple = i32.and(
    i64.eq(high, i64.shr_s(low, i64.const(63))),
    i32.eqz(i32.and(i64.eq(divisor, i64.const(-1)), i64.eq(low, i64.const(-(1n << 63n))))),
  );
  body.if(
    simple,
    () => {
      x.writeGpr(GPR.RAX, i64.div_s(low, divisor));
      x.writeGpr(GPR.RDX, i64.rem_s(low, divisor));
    },
    () => {
      const negative = body.let(i64.shr_s(high, i64.const(63)));
      const flip = body.let(i64.shr_s(divisor, i64.const(63)));
      // |dividend| as 128 bits: invert and add one when negative.
      const absLow = body.let(i64.sub(i64.xor(low, negative), negative));
      const borrow = i64.extend_u(i32.and(i64.ne(negative, i64.const(0)), i64.eqz(low)));
      const absHigh = body.let(i64.add(i64.xor(high, negative), borrow));
      const by = body.let(i64.sub(i64.xor(divisor, flip), flip));
      body.if(i64.ge_u(absHigh, by), () => x.raise(VECTOR.DE));
      const { quotient, remainder } = divideWide(x, absHigh, absLow, by);
      const sign = body.let(i64.xor(negative, flip));
      const limit = i64.sub(i64.const((1n << 63n) - 1n), sign);
      body.if(i64.gt_u(quotient, limit), () => x.raise(VECTOR.DE));
      x.writeGpr(GPR.RAX, i64.sub(i64.xor(quotient, sign), sign));
      x.writeGpr(GPR.RDX, i64.sub(i64.xor(remainder, negative), negative));
    },
  );
}

const divide = (name: string, digit: number, signed: boolean): InstructionDescription => ({
  name,
  encodings: [`f6 /${digit} Eb`, `f7 /${digit} Ev`],
  emit: (x) => {
    const divisor = x.read(0);
    if (x.size === 64) divide64(x, divisor, signed);
    else divideNarrow(x, divisor, signed);
  },
});

export const multiplyDivide: InstructionDescription[] = [
  { name: 'mul', encodings: ['f6 /4 Eb', 'f7 /4 Ev'], emit: unsignedProduct },
  {
    name: 'imul1',
    encodings: ['f6 /5 Eb', 'f7 /5 Ev'],
    emit: (x) => {
      const { low, high, overflow } = signedProduct(x, x.readGpr(GPR.RAX, x.size), x.read(0));
      writeProduct(x, low, high);
      setProductFlags(x, low, overflow);
    },
  },
  {
    name: 'imul2',
    encodings: ['0f af Gv,Ev'],
    emit: (x) => {
      const { low, overflow } = signedProduct(x, x.read(0), x.read(1));
      x.write(0, low);
      setProductFlags(x, low, overflow);
    },
  },
  {
    name: 'imul3',
    encodings: ['69 Gv,Ev,Iz', '6b Gv,Ev,Is'],
    emit: (x) => {
      const { low, overflow } = signedProduct(x, x.read(1), x.read(2));
      x.write(0, low);
      setProductFlags(x, low, overflow);
    },
  },
  divide('div', 6, false),
  divide('idiv', 7, true),
];
