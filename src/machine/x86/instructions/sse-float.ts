import { FLAG } from '../../../abi/x86/flags.js';
import { i32, type V128, v128 } from '../../wasm/code.js';
import { constant } from '../../wasm/simd.js';
import { add, compare, divide, multiply, ORDER, order, squareRoot, subtract } from '../float/arithmetic.js';
import { isNan, type Real } from '../float/real.js';
import { type Environment, EXCEPTION, type Format } from '../float/rounding.js';
import type { InstructionDescription } from '../instruction.js';
import type { Processor } from '../processor.js';
import { reciprocal, reciprocalRoot } from '../sse/approximate.js';
import { controlWord, laneA, laneB, setLaneBits } from '../sse/lanes.js';
import { SseOperation } from '../sse/mxcsr.js';
import { state } from '../state.js';
import {
  allSlow,
  denormal,
  doubles,
  finiteLanes,
  holds,
  inexactIsQuiet,
  type Lanes,
  orSlow,
  plain,
  readSource,
  singles,
  writeResult,
  zeros,
} from './simd-floats.js';
import { immediate } from './simd-operands.js';

type Exact = (e: Environment, format: Format, a: Real, b: Real) => Real;

/** Computes the lanes of the staged operands exactly. `exact` may differ by lane. */
const lanewise =
  ({ element }: Lanes, scalar: boolean, exact: (lane: number) => Exact) =>
  (cpu: Processor): void => {
    const operation = new SseOperation(cpu);
    const count = scalar ? 1 : 128 / element.bits;
    const results = Array.from({ length: count }, (_, i) => {
      const a = operation.operand(laneA(cpu, element, i));
      const b = operation.operand(laneB(cpu, element, i));
      return exact(i)(operation.environment, element.format, a, b);
    });
    operation.finish();
    for (const [i, result] of results.entries()) setLaneBits(cpu, element.bits, i, element.encode(result));
  };

interface Arithmetic {
  readonly name: string;
  readonly code: string;
  readonly exact: Exact;
  readonly fast: (lanes: Lanes, a: V128, b: V128) => V128;
  /** Lanes in which `fast` is right, when inexact results may go unnoticed. */
  readonly safe: (lanes: Lanes, a: V128, b: V128, result: V128) => V128;
  /** Cannot be inexact. */
  readonly never?: boolean;
}

const finiteOfPlain = (lanes: Lanes, a: V128, b: V128, result: V128): V128 =>
  v128.andnot(finiteLanes(lanes, result), v128.or(denormal(lanes, a), denormal(lanes, b)));

/** A result that may have underflowed is not safe, unless an operand that is zero made it zero. */
const notTiny = (lanes: Lanes, a: V128, result: V128): V128 =>
  v128.or(lanes.vector.gt(lanes.vector.abs(result), lanes.smallest), lanes.vector.eq(a, zeros));

/** MIN and MAX give the second operand when the two are zeros or one is a NaN, even a quiet one, which is invalid. */
const extreme =
  (wanted: number): Exact =>
  (e, _, a, b) => {
    if (isNan(a) || isNan(b)) {
      e.raise(EXCEPTION.INVALID);
      return b;
    }
    if (a.denormal || b.denormal) e.raise(EXCEPTION.DENORMAL);
    return order(a, b) === wanted ? a : b;
  };

const arithmetic: readonly Arithmetic[] = [
  { name: 'add', code: '58', exact: add, fast: ({ vector }, a, b) => vector.add(a, b), safe: finiteOfPlain },
  {
    name: 'sub',
    code: '5c',
    exact: subtract,
    fast: ({ vector }, a, b) => vector.sub(a, b),
    safe: finiteOfPlain,
  },
  {
    name: 'mul',
    code: '59',
    exact: multiply,
    fast: ({ vector }, a, b) => vector.mul(a, b),
    safe: (lanes, a, b, result) =>
      v128.and(
        finiteOfPlain(lanes, a, b, result),
        v128.or(notTiny(lanes, a, result), lanes.vector.eq(b, zeros)),
      ),
  },
  {
    name: 'div',
    code: '5e',
    exact: divide,
    fast: ({ vector }, a, b) => vector.div(a, b),
    safe: (lanes, a, b, result) => v128.and(finiteOfPlain(lanes, a, b, result), notTiny(lanes, a, result)),
  },
  {
    name: 'min',
    code: '5d',
    exact: extreme(ORDER.LESS),
    // pmin(b, a) is a < b ? a : b.
    fast: ({ vector }, a, b) => vector.pmin(b, a),
    safe: plain,
    never: true,
  },
  {
    name: 'max',
    code: '5f',
    exact: extreme(ORDER.GREATER),
    fast: ({ vector }, a, b) => vector.pmax(b, a),
    safe: plain,
    never: true,
  },
  {
    name: 'sqrt',
    code: '51',
    exact: (e, format, _, b) => squareRoot(e, format, b),
    fast: ({ vector }, _, b) => vector.sqrt(b),
    safe: (lanes, _, b, result) => v128.andnot(finiteLanes(lanes, result), denormal(lanes, b)),
  },
];

function describeArithmetic(lanes: Lanes, scalar: boolean, operation: Arithmetic): InstructionDescription {
  const { name, code, exact, fast, safe, never } = operation;
  const prefix = scalar ? lanes.prefixes.scalar : lanes.prefixes.packed;
  return {
    name: `${name}${scalar ? 's' : 'p'}${lanes.suffix}`,
    encodings: [`${prefix} 0f ${code} V,W${scalar ? lanes.letter : ''}`],
    slow: lanewise(lanes, scalar, () => exact),
    emit: (x) => {
      x.guardSse();
      const { body } = x;
      const b = readSource(x, 1, lanes, scalar);
      const a = x.read128(0);
      const result = body.let(fast(lanes, a, b));
      const exactly = holds(lanes, scalar, safe(lanes, a, b, result));
      const condition = never ? exactly : i32.and(exactly, inexactIsQuiet());
      writeResult(x, lanes, scalar, orSlow(x, condition, result, a, b));
    },
  };
}

// ── horizontal and alternating ──────────────────────────────────────────────────────────────────

/** Lanes with even numbers of two vectors, or those with odd ones. */
function everySecond({ element }: Lanes, odd: boolean): number[] {
  const bytes = element.bits / 8;
  return Array.from({ length: 16 }, (_, i) => {
    const lane = Math.floor(i / bytes) * 2 + (odd ? 1 : 0);
    return lane * bytes + (i % bytes);
  });
}

function horizontal(lanes: Lanes, name: string, code: string, add_: boolean): InstructionDescription {
  return {
    name: `${name}p${lanes.suffix}`,
    encodings: [`${lanes.element.bits === 32 ? 'f2' : '66'} 0f ${code} V,W`],
    slow: lanewise(lanes, false, () => (add_ ? add : subtract)),
    emit: (x) => {
      x.guardSse();
      const { body } = x;
      const source = x.read128(1);
      const target = x.read128(0);
      const a = body.let(v128.shuffle(target, source, everySecond(lanes, false)));
      const b = body.let(v128.shuffle(target, source, everySecond(lanes, true)));
      const result = body.let(add_ ? lanes.vector.add(a, b) : lanes.vector.sub(a, b));
      const condition = i32.and(holds(lanes, false, finiteOfPlain(lanes, a, b, result)), inexactIsQuiet());
      x.write128(0, orSlow(x, condition, result, a, b));
    },
  };
}

/** ADDSUBPS, ADDSUBPD: even lanes are subtracted, odd ones added. */
function alternating(lanes: Lanes): InstructionDescription {
  const signs = lanes.element.bits === 32 ? constant.i64(0x80000000n) : evenSign64;
  return {
    name: `addsubp${lanes.suffix}`,
    encodings: [`${lanes.element.bits === 32 ? 'f2' : '66'} 0f d0 V,W`],
    slow: lanewise(lanes, false, (lane) => (lane & 1 ? add : subtract)),
    emit: (x) => {
      x.guardSse();
      const { body } = x;
      const b = x.read128(1);
      const a = x.read128(0);
      const result = body.let(lanes.vector.add(a, v128.xor(b, signs)));
      const condition = i32.and(holds(lanes, false, finiteOfPlain(lanes, a, b, result)), inexactIsQuiet());
      x.write128(0, orSlow(x, condition, result, a, b));
    },
  };
}

const evenSign64 = v128.const([0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]);

// ── comparisons ─────────────────────────────────────────────────────────────────────────────────

/** Predicates 0–3 of CMPPS: equal, less, less or equal, unordered; 4–7 are their opposites. */
function predicate(number: number, found: number): boolean {
  const base = [found === ORDER.EQUAL, found === ORDER.LESS, found <= ORDER.EQUAL, found === ORDER.UNORDERED];
  return base[number & 3]! !== ((number & 4) !== 0);
}

/** CMPPS and its kin. Less-than predicates and their opposites are invalid for quiet NaNs too. */
function describeCompare(lanes: Lanes, scalar: boolean): InstructionDescription {
  const { element, vector } = lanes;
  const prefix = scalar ? lanes.prefixes.scalar : lanes.prefixes.packed;
  return {
    name: `cmp${scalar ? 's' : 'p'}${lanes.suffix}`,
    encodings: [`${prefix} 0f c2 V,W${scalar ? lanes.letter : ''},Ib`],
    slow: (cpu) => {
      const operation = new SseOperation(cpu);
      const wanted = controlWord(cpu);
      const quietly = (wanted & 3) % 3 === 0;
      const found = Array.from({ length: scalar ? 1 : 128 / element.bits }, (_, i) => {
        const a = operation.operand(laneA(cpu, element, i));
        const b = operation.operand(laneB(cpu, element, i));
        return compare(operation.environment, a, b, quietly);
      });
      operation.finish();
      for (const [i, one] of found.entries())
        setLaneBits(cpu, element.bits, i, predicate(wanted, one) ? -1n : 0n);
    },
    emit: (x) => {
      x.guardSse();
      const { body } = x;
      const b = readSource(x, 1, lanes, scalar);
      const a = x.read128(0);
      const wanted = body.let(i32.and(immediate(x), i32.const(7)));
      body.storeI32(i32.const(0), wanted, state.control);
      const result = body.local('v128');
      body.switch(
        i32.and(wanted, i32.const(3)),
        [
          () => body.set(result, vector.eq(a, b)),
          () => body.set(result, vector.lt(a, b)),
          () => body.set(result, vector.le(a, b)),
          // Unordered: never, where no lane is a NaN.
          () => body.set(result, zeros),
        ],
        () => body.unreachable(),
      );
      body.if(i32.gt_u(wanted, i32.const(3)), () => body.set(result, v128.not(result)));
      const condition = holds(lanes, scalar, plain(lanes, a, b));
      writeResult(x, lanes, scalar, orSlow(x, condition, result, a, b));
    },
  };
}

/** COMISS, UCOMISS and their kin set ZF, PF, CF as FCOMI does. */
function compareToFlags(lanes: Lanes, quietly: boolean): InstructionDescription {
  const { element, vector } = lanes;
  return {
    name: `${quietly ? 'u' : ''}comis${lanes.suffix}`,
    encodings: [`${lanes.prefixes.packed} 0f ${quietly ? '2e' : '2f'} V,W${lanes.letter}`],
    slow: (cpu) => {
      const operation = new SseOperation(cpu);
      const a = operation.operand(laneA(cpu, element, 0));
      const b = operation.operand(laneB(cpu, element, 0));
      const found = compare(operation.environment, a, b, quietly);
      operation.finish();
      const flags =
        found === ORDER.UNORDERED
          ? FLAG.ZF | FLAG.PF | FLAG.CF
          : found === ORDER.EQUAL
            ? FLAG.ZF
            : found === ORDER.LESS
              ? FLAG.CF
              : 0;
      cpu.setArithmeticFlags(flags);
    },
    emit: (x) => {
      x.guardSse();
      const { body } = x;
      const b = readSource(x, 1, lanes, true);
      const a = x.read128(0);
      body.if(
        holds(lanes, true, plain(lanes, a, b)),
        () => {
          const equal = holds(lanes, true, vector.eq(a, b));
          const less = holds(lanes, true, vector.lt(a, b));
          x.flags.load(i32.or(i32.shl(equal, i32.const(6)), less));
        },
        () => void body.let(allSlow(x, a, b)),
      );
    },
  };
}

// ── approximations ──────────────────────────────────────────────────────────────────────────────

function approximate(
  name: string,
  code: string,
  scalar: boolean,
  exact: (bits: number) => number,
): InstructionDescription {
  return {
    name: `${name}${scalar ? 'ss' : 'ps'}`,
    encodings: [`${scalar ? 'f3' : 'np'} 0f ${code} V,W${scalar ? 'd' : ''}`],
    slow: (cpu) => {
      const { u32 } = cpu.memory;
      for (let i = 0; i < (scalar ? 1 : 4); i++)
        u32[(state.result >> 2) + i] = exact(u32[(state.operandB >> 2) + i]!);
    },
    emit: (x) => {
      x.guardSse();
      const b = readSource(x, 1, singles, scalar);
      writeResult(x, singles, scalar, x.body.let(allSlow(x, b, b)));
    },
  };
}

const formats = [singles, doubles];

export const sseFloat: InstructionDescription[] = [
  ...formats.flatMap((lanes) =>
    [false, true].flatMap((scalar) =>
      arithmetic.map((operation) => describeArithmetic(lanes, scalar, operation)),
    ),
  ),
  ...formats.flatMap((lanes) => [
    horizontal(lanes, 'hadd', '7c', true),
    horizontal(lanes, 'hsub', '7d', false),
    alternating(lanes),
    describeCompare(lanes, false),
    describeCompare(lanes, true),
    compareToFlags(lanes, true),
    compareToFlags(lanes, false),
  ]),
  ...[false, true].flatMap((scalar) => [
    approximate('rcp', '53', scalar, reciprocal),
    approximate('rsqrt', '52', scalar, reciprocalRoot),
  ]),
];
