import { convert, fromInteger, narrow, toInteger } from '../float/arithmetic.js';
import { decode32, decode64, encode32, encode64, encode80 } from '../float/encode.js';
import { finite, indefinite, type Real } from '../float/real.js';
import { binary32, binary64, EXCEPTION, extended, ROUND, round } from '../float/rounding.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import { fromDecimal, INDEFINITE_DECIMAL, toDecimal } from '../x87/decimal.js';
import { numeric, probeMemory, readMemory, stackRegister, writeMemory } from '../x87/describe.js';
import type { X87 } from '../x87/x87.js';

const sizeOf = ({ operands }: Decoded): number => operands[0]!.size;

/** FLD m32fp, m64fp: converting to the extended format may find a signaling NaN or a denormal. */
function loadFloat(x87: X87, instruction: Decoded): void {
  const bits = readMemory(x87.cpu, instruction);
  const size = sizeOf(instruction);
  if (size === 80) {
    x87.pushRaw(BigInt.asUintN(64, bits), Number(bits >> 64n));
    return;
  }
  // A full stack is found before the operand is looked at.
  if (!x87.isEmpty(7)) {
    x87.push(indefinite);
    return;
  }
  const value = convert(x87.begin(), extended, size === 32 ? decode32(bits) : decode64(bits));
  // An unmasked DE does not keep the number out.
  if (x87.finish() || !(x87.environment.flags & EXCEPTION.INVALID)) x87.push(value);
}

/** FLD ST(i). */
function loadRegister(x87: X87, instruction: Decoded): void {
  const i = stackRegister(instruction, 0);
  x87.clearC1();
  if (x87.isEmpty(i)) {
    if (x87.stackFault(false)) pushIndefinite(x87);
  } else x87.pushRaw(x87.significand(i), x87.signExponent(i));
}

/** The masked response to a push that failed already. */
function pushIndefinite(x87: X87): void {
  x87.top--;
  x87.write(0, indefinite);
}

/** FST, FSTP to memory. */
function storeFloat(x87: X87, instruction: Decoded, pop: boolean): void {
  probeMemory(x87.cpu, instruction);
  const size = sizeOf(instruction);
  if (x87.isEmpty(0)) {
    if (!x87.stackFault(false)) return;
    writeMemory(x87.cpu, instruction, encodeSized(indefinite, size));
  } else if (size === 80) {
    x87.clearC1();
    writeMemory(x87.cpu, instruction, x87.significand(0) | (BigInt(x87.signExponent(0)) << 64n));
  } else {
    const value = narrow(x87.begin(), size === 32 ? binary32 : binary64, x87.read(0));
    if (!x87.finish(true)) return;
    writeMemory(x87.cpu, instruction, encodeSized(value, size));
  }
  if (pop) x87.pop();
}

function encodeSized(value: Real, size: number): bigint {
  if (size === 32) return encode32(value);
  if (size === 64) return encode64(value);
  const { significand, signExponent } = encode80(value);
  return significand | (BigInt(signExponent) << 64n);
}

/** FST, FSTP to a register: a plain copy. */
function storeRegister(x87: X87, instruction: Decoded, pop: boolean): void {
  const i = stackRegister(instruction, 0);
  x87.clearC1();
  if (!x87.isEmpty(0)) x87.writeRaw(i, x87.significand(0), x87.signExponent(0));
  else if (x87.stackFault(false)) x87.write(i, indefinite);
  else return;
  if (pop) x87.pop();
}

/** Not documented: FSTP to a register in which an empty ST(0) is no fault. */
function storeUnchecked(x87: X87, instruction: Decoded): void {
  x87.clearC1();
  const i = stackRegister(instruction, 0);
  if (!x87.isEmpty(0)) x87.writeRaw(i, x87.significand(0), x87.signExponent(0));
  x87.pop();
}

/** FIST, FISTP, FISTTP. */
function storeInteger(x87: X87, instruction: Decoded, pop: boolean, rounding?: number): void {
  probeMemory(x87.cpu, instruction);
  const size = sizeOf(instruction);
  let value: bigint | undefined;
  if (x87.isEmpty(0)) {
    if (!x87.stackFault(false)) return;
  } else {
    const environment = x87.begin();
    value = toInteger(environment, x87.read(0), size, rounding ?? environment.rounding);
    if (!x87.finish(true)) return;
  }
  // The "integer indefinite" is the smallest integer.
  writeMemory(x87.cpu, instruction, value ?? 1n << BigInt(size - 1));
  if (pop) x87.pop();
}

/** FBSTP. */
function storeDecimal(x87: X87, instruction: Decoded): void {
  probeMemory(x87.cpu, instruction);
  let bits: bigint | undefined;
  if (x87.isEmpty(0)) {
    if (!x87.stackFault(false)) return;
  } else {
    bits = toDecimal(x87.begin(), x87.read(0));
    if (!x87.finish(true)) return;
  }
  writeMemory(x87.cpu, instruction, bits ?? INDEFINITE_DECIMAL);
  x87.pop();
}

/** FXCH: empty registers are filled with the indefinite when their fault is masked. */
function exchange(x87: X87, instruction: Decoded): void {
  const i = stackRegister(instruction, 0);
  x87.clearC1();
  if (x87.isEmpty(0) || x87.isEmpty(i)) {
    if (!x87.stackFault(false)) return;
    if (x87.isEmpty(0)) x87.write(0, indefinite);
    if (x87.isEmpty(i)) x87.write(i, indefinite);
  }
  const significand = x87.significand(0);
  const signExponent = x87.signExponent(0);
  x87.writeRaw(0, x87.significand(i), x87.signExponent(i));
  x87.writeRaw(i, significand, signExponent);
}

/** FCMOVcc, by the condition's place in `conditions` (B, E, BE, U and their opposites). */
function conditionalMove(flags: number, opposite: boolean): (x87: X87, instruction: Decoded) => void {
  return (x87, instruction) => {
    const i = stackRegister(instruction, 1);
    if (x87.isEmpty(0) || x87.isEmpty(i)) {
      if (x87.stackFault(false)) x87.write(0, indefinite);
    } else if (((x87.cpu.flags & flags) !== 0) !== opposite) {
      x87.writeRaw(0, x87.significand(i), x87.signExponent(i));
    }
  };
}

/** CF, ZF, CF|ZF, PF. */
const moveConditions: readonly (readonly [string, number])[] = [
  ['b', 1],
  ['e', 0x40],
  ['be', 0x41],
  ['u', 4],
];

const conditionalMoves = moveConditions.flatMap(([name, flags], i) => {
  const modrm = (0xc0 + 8 * i).toString(16);
  return [
    numeric(`fcmov${name}`, [`da modrm=${modrm}+i ST0,STi`], conditionalMove(flags, false)),
    numeric(`fcmovn${name}`, [`db modrm=${modrm}+i ST0,STi`], conditionalMove(flags, true)),
  ];
});

/** 96 bits of each constant's significand, and the exponent of the first bit. */
const constants: readonly (readonly [string, string, number, bigint])[] = [
  ['fldl2t', 'e9', 1, 0xd49a784bcd1b8afe492bf6ffn],
  ['fldl2e', 'ea', 0, 0xb8aa3b295c17f0bbbe87fed0n],
  ['fldpi', 'eb', 1, 0xc90fdaa22168c234c4c6628bn],
  ['fldlg2', 'ec', -2, 0x9a209a84fbcff7988f8959acn],
  ['fldln2', 'ed', -1, 0xb17217f7d1cf79abc9e3b398n],
];

const constant = (name: string, modrm: string, value: (x87: X87) => Real): InstructionDescription =>
  numeric(name, [`d9 modrm=${modrm}`], (x87) => x87.push(value(x87)));

export const x87Transfer: InstructionDescription[] = [
  numeric('fld', ['d9 /0 Md', 'dd /0 Mq', 'db /5 Mt'], loadFloat),
  numeric('fldr', ['d9 modrm=c0+i STi'], loadRegister),
  numeric('fild', ['df /0 Mw', 'db /0 Md', 'df /5 Mq'], (x87, instruction) => {
    const bits = readMemory(x87.cpu, instruction);
    x87.push(fromInteger(BigInt.asIntN(sizeOf(instruction), bits)));
  }),
  numeric('fbld', ['df /4 Mt'], (x87, instruction) =>
    x87.push(fromDecimal(readMemory(x87.cpu, instruction))),
  ),
  numeric('fst', ['d9 /2 Md', 'dd /2 Mq'], (x87, instruction) => storeFloat(x87, instruction, false)),
  numeric('fstp', ['d9 /3 Md', 'dd /3 Mq', 'db /7 Mt'], (x87, instruction) =>
    storeFloat(x87, instruction, true),
  ),
  numeric('fstr', ['dd modrm=d0+i STi'], (x87, instruction) => storeRegister(x87, instruction, false)),
  numeric('fstpr', ['dd modrm=d8+i STi', 'df modrm=d0+i STi', 'df modrm=d8+i STi'], (x87, instruction) =>
    storeRegister(x87, instruction, true),
  ),
  numeric('fstpnce', ['d9 modrm=d8+i STi'], storeUnchecked),
  numeric('fist', ['df /2 Mw', 'db /2 Md'], (x87, instruction) => storeInteger(x87, instruction, false)),
  numeric('fistp', ['df /3 Mw', 'db /3 Md', 'df /7 Mq'], (x87, instruction) =>
    storeInteger(x87, instruction, true),
  ),
  numeric('fisttp', ['df /1 Mw', 'db /1 Md', 'dd /1 Mq'], (x87, instruction) =>
    storeInteger(x87, instruction, true, ROUND.ZERO),
  ),
  numeric('fbstp', ['df /6 Mt'], storeDecimal),
  numeric('fxch', ['d9 modrm=c8+i STi', 'dd modrm=c8+i STi', 'df modrm=c8+i STi'], exchange),
  ...conditionalMoves,
  constant('fld1', 'e8', () => fromInteger(1n)),
  constant('fldz', 'ee', () => fromInteger(0n)),
  ...constants.map(([name, modrm, exponent, significand]) =>
    constant(name, modrm, (x87) => {
      // Rounded as RC says, but neither inexact nor C1 is reported.
      const value = finite(false, exponent - 95, significand);
      return round(x87.begin(), extended, value.negative, value.exponent, value.significand);
    }),
  ),
];
