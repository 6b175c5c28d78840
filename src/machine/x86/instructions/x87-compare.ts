import { FLAG } from '../../../abi/x86/flags.js';
import { compare, fromInteger, ORDER } from '../float/arithmetic.js';
import { decode32, decode64 } from '../float/encode.js';
import { KIND, type Real, zero } from '../float/real.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import { inMemory, numeric, readMemory, stackRegister } from '../x87/describe.js';
import { STATUS, type X87 } from '../x87/x87.js';

const UNORDERED = STATUS.C0 | STATUS.C2 | STATUS.C3;

/** C3, C2, C0 for an order. */
function conditionsOf(order: number): number {
  if (order === ORDER.UNORDERED) return UNORDERED;
  return order === ORDER.EQUAL ? STATUS.C3 : order === ORDER.LESS ? STATUS.C0 : 0;
}

interface Comparison {
  readonly order: number;
  /** No unmasked exception: the pops are due. */
  readonly complete: boolean;
}

/** Compares ST(0) with a number. An empty register is unordered. */
function orderOf(x87: X87, other: Real | undefined, quietly: boolean): Comparison {
  if (x87.isEmpty(0) || !other) return { order: ORDER.UNORDERED, complete: x87.stackFault(false) };
  const order = compare(x87.begin(), x87.read(0), other, quietly);
  return { order, complete: x87.finish() };
}

/** FCOM and FUCOM with their pops. As on AMD's processors, the codes are set whether or not exceptions are masked. */
function compareTop(x87: X87, other: Real | undefined, pops: number, quietly = false): void {
  const { order, complete } = orderOf(x87, other, quietly);
  x87.setConditions(conditionsOf(order));
  if (complete) for (let i = 0; i < pops; i++) x87.pop();
}

const register = (x87: X87, i: number): Real | undefined => (x87.isEmpty(i) ? undefined : x87.read(i));

/** With ST(i), or a float or integer in memory. */
const withOperand =
  (pops: number, quietly = false) =>
  (x87: X87, instruction: Decoded): void => {
    if (!inMemory(instruction)) {
      compareTop(x87, register(x87, stackRegister(instruction, 0)), pops, quietly);
      return;
    }
    const bits = readMemory(x87.cpu, instruction);
    compareTop(x87, instruction.operands[0]!.size === 32 ? decode32(bits) : decode64(bits), pops);
  };

const withInteger =
  (pops: number) =>
  (x87: X87, instruction: Decoded): void => {
    const bits = readMemory(x87.cpu, instruction);
    compareTop(x87, fromInteger(BigInt.asIntN(instruction.operands[0]!.size, bits)), pops);
  };

/** FCOMI and its kin: the result goes to ZF, PF, CF; OF, SF, AF are cleared, C1 stays. */
const toFlags =
  (pop: boolean, quietly: boolean) =>
  (x87: X87, instruction: Decoded): void => {
    const { cpu } = x87;
    const i = stackRegister(instruction, 1);
    const kept = x87.isEmpty(0) || x87.isEmpty(i) ? 0 : x87.status & STATUS.C1;
    const { order, complete } = orderOf(x87, register(x87, i), quietly);
    x87.setConditions(kept, STATUS.C1);
    const bits =
      order === ORDER.UNORDERED
        ? FLAG.ZF | FLAG.PF | FLAG.CF
        : order === ORDER.EQUAL
          ? FLAG.ZF
          : order === ORDER.LESS
            ? FLAG.CF
            : 0;
    cpu.setArithmeticFlags(bits);
    if (pop && complete) x87.pop();
  };

/** FXAM (Intel SDM vol. 2, table 3-30). */
function examine(x87: X87): void {
  const sign = x87.signExponent(0) & 0x8000 ? STATUS.C1 : 0;
  const { C0, C2, C3 } = STATUS;
  let codes: number;
  if (x87.isEmpty(0)) codes = C3 | C0;
  else {
    const { kind, denormal } = x87.read(0);
    if (kind === KIND.UNSUPPORTED) codes = 0;
    else if (kind === KIND.NAN) codes = C0;
    else if (kind === KIND.INFINITY) codes = C2 | C0;
    else if (kind === KIND.ZERO) codes = C3;
    else codes = denormal ? C3 | C2 : C2;
  }
  x87.setConditions(codes | sign);
}

export const x87Compare: InstructionDescription[] = [
  numeric('fcom', ['d8 /2 Md', 'dc /2 Mq', 'd8 modrm=d0+i STi', 'dc modrm=d0+i STi'], withOperand(0)),
  numeric(
    'fcomp',
    ['d8 /3 Md', 'dc /3 Mq', 'd8 modrm=d8+i STi', 'dc modrm=d8+i STi', 'de modrm=d0+i STi'],
    withOperand(1),
  ),
  numeric('fcompp', ['de modrm=d9'], (x87) => compareTop(x87, register(x87, 1), 2)),
  numeric('ficom', ['da /2 Md', 'de /2 Mw'], withInteger(0)),
  numeric('ficomp', ['da /3 Md', 'de /3 Mw'], withInteger(1)),
  numeric('fucom', ['dd modrm=e0+i STi'], withOperand(0, true)),
  numeric('fucomp', ['dd modrm=e8+i STi'], withOperand(1, true)),
  numeric('fucompp', ['da modrm=e9'], (x87) => compareTop(x87, register(x87, 1), 2, true)),
  numeric('fcomi', ['db modrm=f0+i ST0,STi'], toFlags(false, false)),
  numeric('fcomip', ['df modrm=f0+i ST0,STi'], toFlags(true, false)),
  numeric('fucomi', ['db modrm=e8+i ST0,STi'], toFlags(false, true)),
  numeric('fucomip', ['df modrm=e8+i ST0,STi'], toFlags(true, true)),
  numeric('ftst', ['d9 modrm=e4'], (x87) => compareTop(x87, zero(false), 0)),
  numeric('fxam', ['d9 modrm=e5'], examine),
];
