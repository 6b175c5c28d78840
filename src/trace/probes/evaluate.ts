import { hex } from '../../core/errors.js';
import type { Expression, Operator } from './expression.js';
import { NotKnown, type ProbedMemory } from './kernel-memory.js';
import type { ProbePart } from './row.js';

/** What expressions are about. */
export interface World {
  readonly memory: ProbedMemory;
  register(name: string): bigint;
}

/** Ranges are read in pieces of this many bytes. */
const piece = 4096;
const most = 1n << 30n;

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const truth = (holds: boolean): bigint => (holds ? 1n : 0n);

const binary: Readonly<Record<Exclude<Operator, '||' | '&&'>, (a: bigint, b: bigint) => bigint>> = {
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '&': (a, b) => a & b,
  '<<': (a, b) => (b < 64n ? wrap(a << b) : 0n),
  '>>': (a, b) => (b < 64n ? a >> b : 0n),
  '+': (a, b) => wrap(a + b),
  '-': (a, b) => wrap(a - b),
  '*': (a, b) => wrap(a * b),
  '/': (a, b) => divided(a, b, a / (b || 1n)),
  '%': (a, b) => divided(a, b, a % (b || 1n)),
};

function divided(a: bigint, b: bigint, result: bigint): bigint {
  if (b === 0n) throw new NotKnown(`${hex(a)} is divided by zero`);
  return result;
}

/** The value of an expression, unsigned and of 64 bits; what it was made of is put into `parts`. Throws NotKnown. */
export function evaluate(expression: Expression, world: World, parts: ProbePart[]): bigint {
  const { memory } = world;
  const said = (value: bigint, text = expression.text): bigint => {
    parts.push({ text, value: memory.nameAt(value) ?? hex(value) });
    return value;
  };
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'register':
      return said(world.register(expression.name));
    case 'place': {
      if (expression.path === '' && !expression.perCpu && memory.isCode(expression.symbol))
        return memory.address(expression);
      return said(valueAt(expression, memory));
    }
    case 'address':
      return memory.address(expression.of);
    case 'read':
      return said(memory.number(evaluate(expression.from, world, parts), expression.bytes));
    case 'zero': {
      const from = evaluate(expression.from, world, parts);
      const first = firstNonZero(from, evaluate(expression.to, world, parts), memory);
      if (first !== undefined)
        parts.push({
          text: 'the first byte that is not zero',
          value: `${expression.from.text}+${hex(first - from)}`,
        });
      return truth(first === undefined);
    }
    case 'not':
      return truth(evaluate(expression.of, world, parts) === 0n);
    case 'negate':
      return wrap(-evaluate(expression.of, world, parts));
    case 'invert':
      return wrap(~evaluate(expression.of, world, parts));
    case 'binary': {
      const { operator } = expression;
      const a = evaluate(expression.a, world, parts);
      if (operator === '||') return truth(a !== 0n || evaluate(expression.b, world, parts) !== 0n);
      if (operator === '&&') return truth(a !== 0n && evaluate(expression.b, world, parts) !== 0n);
      return binary[operator](a, evaluate(expression.b, world, parts));
    }
  }
}

function valueAt(place: Expression & { kind: 'place' }, memory: ProbedMemory): bigint {
  const { address, size, bits } = memory.field(place);
  if (size === 0) {
    throw new NotKnown(
      `${place.text} is not of a type that is a number, or its type is not known: name a field, its address &${place.symbol}, or read it by its size: u32(${place.symbol})`,
    );
  }
  if (size > 8) throw new NotKnown(`${place.text} has ${size} bytes`);
  const value = memory.number(address, size);
  return bits ? (value >> BigInt(bits.first)) & ((1n << BigInt(bits.count)) - 1n) : value;
}

function firstNonZero(from: bigint, to: bigint, memory: ProbedMemory): bigint | undefined {
  if (to < from || to - from > most) throw new NotKnown(`${hex(from)} to ${hex(to)} is no range`);
  for (let at = from; at < to; ) {
    // Pages are mapped one by one.
    const size = Math.min(piece - Number(at % BigInt(piece)), Number(to - at));
    const found = memory.read(at, size).findIndex((byte) => byte !== 0);
    if (found !== -1) return at + BigInt(found);
    at += BigInt(size);
  }
  return undefined;
}
