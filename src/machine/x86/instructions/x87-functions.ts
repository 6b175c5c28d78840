import { fromInteger } from '../float/arithmetic.js';
import { indefinite, type Real } from '../float/real.js';
import type { Environment } from '../float/rounding.js';
import type { InstructionDescription } from '../instruction.js';
import { numeric } from '../x87/describe.js';
import { remainder } from '../x87/remainder.js';
import {
  arctangentOf,
  powerOfTwoMinusOne,
  type Trigonometric,
  timesLogarithm,
  timesLogarithmPlusOne,
  trigonometric,
} from '../x87/transcendental.js';
import { STATUS, type X87 } from '../x87/x87.js';

/** ST(1) := f(ST(0), ST(1)), popped: FYL2X, FYL2XP1, FPATAN. */
const binary = (
  name: string,
  modrm: string,
  compute: (e: Environment, top: Real, second: Real) => Real,
): InstructionDescription =>
  numeric(name, [`d9 modrm=${modrm}`], (x87) => {
    if (x87.isEmpty(0) || x87.isEmpty(1)) {
      if (!x87.stackFault(false)) return;
      x87.write(1, indefinite);
    } else {
      const result = compute(x87.begin(), x87.read(0), x87.read(1));
      if (!x87.finish()) return;
      x87.write(1, result);
    }
    x87.pop();
  });

/** FSIN, FCOS, and with a second result pushed FSINCOS and FPTAN. */
const circular = (
  name: string,
  modrm: string,
  first: (t: Trigonometric) => Real,
  second?: (t: Trigonometric, first: Real) => Real,
): InstructionDescription =>
  numeric(name, [`d9 modrm=${modrm}`], (x87) => {
    x87.setConditions(0, STATUS.C2);
    const full = second !== undefined && !x87.isEmpty(7);
    if (x87.isEmpty(0) || full) {
      if (!x87.stackFault(!x87.isEmpty(0))) return;
      x87.write(0, indefinite);
      if (second) pushOver(x87, indefinite);
      return;
    }
    const functions = trigonometric(x87.begin(), x87.read(0));
    if (!functions) {
      x87.setConditions(STATUS.C2, STATUS.C1 | STATUS.C2);
      return;
    }
    const one = first(functions);
    const other = second?.(functions, one);
    if (!x87.finish()) return;
    x87.write(0, one);
    if (other) pushOver(x87, other);
  });

/** Pushes where the stack has been checked already. */
function pushOver(x87: X87, value: Real): void {
  x87.top--;
  x87.write(0, value);
}

/** FPREM, FPREM1: bits 0, 1, 2 of the quotient go to C1, C3, C0. */
const reduction = (name: string, modrm: string, nearest: boolean): InstructionDescription =>
  numeric(name, [`d9 modrm=${modrm}`], (x87) => {
    x87.setConditions(0, STATUS.C2);
    if (x87.isEmpty(0) || x87.isEmpty(1)) {
      if (x87.stackFault(false)) x87.write(0, indefinite);
      return;
    }
    const { result, quotient, partial } = remainder(x87.begin(), x87.read(0), x87.read(1), nearest);
    if (!x87.finish()) return;
    x87.write(0, result);
    if (partial) x87.setConditions(STATUS.C2);
    else if (quotient !== undefined)
      x87.setConditions(
        (quotient & 1 ? STATUS.C1 : 0) | (quotient & 2 ? STATUS.C3 : 0) | (quotient & 4 ? STATUS.C0 : 0),
      );
  });

export const x87Functions: InstructionDescription[] = [
  numeric('f2xm1', ['d9 modrm=f0'], (x87) => {
    if (x87.isEmpty(0)) {
      if (x87.stackFault(false)) x87.write(0, indefinite);
      return;
    }
    const result = powerOfTwoMinusOne(x87.begin(), x87.read(0));
    if (x87.finish()) x87.write(0, result);
  }),
  binary('fyl2x', 'f1', timesLogarithm),
  binary('fyl2xp1', 'f9', timesLogarithmPlusOne),
  binary('fpatan', 'f3', (e, x, y) => arctangentOf(e, y, x)),
  circular('fsin', 'fe', (t) => t.sine()),
  circular('fcos', 'ff', (t) => t.cosine()),
  circular(
    'fsincos',
    'fb',
    (t) => t.sine(),
    (t) => t.cosine(),
  ),
  circular(
    'fptan',
    'f2',
    (t) => t.tangent(),
    (_, tangent) => (tangent.kind >= 3 ? tangent : fromInteger(1n)),
  ),
  reduction('fprem', 'f8', false),
  reduction('fprem1', 'f5', true),
];
