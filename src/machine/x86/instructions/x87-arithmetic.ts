import {
  add,
  divide,
  fromInteger,
  multiply,
  roundToInteger,
  squareRoot,
  subtract,
} from '../float/arithmetic.js';
import { decode32, decode64 } from '../float/encode.js';
import { indefinite, type Real } from '../float/real.js';
import { type Environment, extended, type Format } from '../float/rounding.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import { inMemory, numeric, readMemory, stackRegister } from '../x87/describe.js';
import { extract, scale } from '../x87/scale.js';
import type { X87 } from '../x87/x87.js';

type Binary = (e: Environment, format: Format, destination: Real, source: Real) => Real;

/** The six operations in the order of their /digit, less the two comparisons between them. */
const operations: readonly (readonly [string, number, Binary])[] = [
  ['add', 0, add],
  ['mul', 1, multiply],
  ['sub', 4, subtract],
  ['subr', 5, (e, format, a, b) => subtract(e, format, b, a)],
  ['div', 6, divide],
  ['divr', 7, (e, format, a, b) => divide(e, format, b, a)],
];

/** ST(target) := ST(target) op `source`, which has been read and is undefined when its register is empty. */
function combine(x87: X87, target: number, source: Real | undefined, run: Binary, pop = false): void {
  if (!source || x87.isEmpty(target)) {
    if (!x87.stackFault(false)) return;
    x87.write(target, indefinite);
  } else {
    const result = run(x87.begin(), x87.format, x87.read(target), source);
    if (!x87.finish()) return;
    x87.write(target, result);
  }
  if (pop) x87.pop();
}

const registerOrNone = (x87: X87, i: number): Real | undefined => (x87.isEmpty(i) ? undefined : x87.read(i));

/** Reads the memory operand as a number: m32fp or m64fp. */
function readFloat(x87: X87, instruction: Decoded): Real {
  const bits = readMemory(x87.cpu, instruction);
  return instruction.operands[0]!.size === 32 ? decode32(bits) : decode64(bits);
}

/** Reads the memory operand as a number: m16int or m32int. */
function readInteger(x87: X87, instruction: Decoded): Real {
  const bits = readMemory(x87.cpu, instruction);
  return fromInteger(BigInt.asIntN(instruction.operands[0]!.size, bits));
}

const arithmetic = operations.flatMap(([name, digit, run]): InstructionDescription[] => {
  const first = (base: number): string => (base + digit * 8).toString(16);
  // With the destination in ST(i) the codes of the plain and the reversed operation change places.
  const swapped = (base: number): string => (base + (digit ^ (digit >= 4 ? 1 : 0)) * 8).toString(16);
  return [
    numeric(
      `f${name}`,
      [
        `d8 /${digit} Md`,
        `dc /${digit} Mq`,
        `d8 modrm=${first(0xc0)}+i ST0,STi`,
        `dc modrm=${swapped(0xc0)}+i STi,ST0`,
      ],
      (x87, instruction) => {
        if (inMemory(instruction)) combine(x87, 0, readFloat(x87, instruction), run);
        else {
          const source = registerOrNone(x87, stackRegister(instruction, 1));
          combine(x87, stackRegister(instruction, 0), source, run);
        }
      },
    ),
    numeric(`f${name}p`, [`de modrm=${swapped(0xc0)}+i STi,ST0`], (x87, instruction) =>
      combine(x87, stackRegister(instruction, 0), registerOrNone(x87, 0), run, true),
    ),
    numeric(`fi${name}`, [`da /${digit} Md`, `de /${digit} Mw`], (x87, instruction) =>
      combine(x87, 0, readInteger(x87, instruction), run),
    ),
  ];
});

/** ST(0) := f(ST(0)). */
const unary = (name: string, encoding: string, run: (e: Environment, format: Format, a: Real) => Real) =>
  numeric(name, [encoding], (x87) =>
    combine(x87, 0, registerOrNone(x87, 0), (e, format, a) => run(e, format, a)),
  );

/** FCHS, FABS: only the sign, whatever the register holds. */
const signOnly = (name: string, encoding: string, change: (signExponent: number) => number) =>
  numeric(name, [encoding], (x87) => {
    x87.clearC1();
    if (!x87.isEmpty(0)) x87.writeRaw(0, x87.significand(0), change(x87.signExponent(0)));
    else if (x87.stackFault(false)) x87.write(0, indefinite);
  });

/** FXTRACT: ST(0) becomes the exponent, the significand is pushed. */
function splitTop(x87: X87): void {
  x87.clearC1();
  const full = !x87.isEmpty(7);
  if (x87.isEmpty(0) || full) {
    if (!x87.stackFault(!x87.isEmpty(0))) return;
    x87.write(0, indefinite);
    x87.top--;
    x87.write(0, indefinite);
    return;
  }
  const { exponent, significand } = extract(x87.begin(), x87.read(0));
  if (!x87.finish()) return;
  x87.write(0, exponent);
  x87.top--;
  x87.write(0, significand);
}

export const x87Arithmetic: InstructionDescription[] = [
  ...arithmetic,
  unary('fsqrt', 'd9 modrm=fa', squareRoot),
  unary('frndint', 'd9 modrm=fc', (e, _, a) => roundToInteger(e, a)),
  signOnly('fchs', 'd9 modrm=e0', (signExponent) => signExponent ^ 0x8000),
  signOnly('fabs', 'd9 modrm=e1', (signExponent) => signExponent & 0x7fff),
  numeric('fscale', ['d9 modrm=fd'], (x87) =>
    combine(x87, 0, registerOrNone(x87, 1), (e, _, a, b) => scale(e, extended, a, b)),
  ),
  numeric('fxtract', ['d9 modrm=f4'], splitTop),
];
