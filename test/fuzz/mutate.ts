import type { Random } from './random.js';

/** Values at which sizes and offsets overflow, wrap or mean something else. */
const interesting: readonly bigint[] = [
  0n,
  1n,
  4n,
  0x7fn,
  0xffn,
  0xffffn,
  0x10000n,
  (1n << 31n) - 1n,
  1n << 31n,
  (1n << 32n) - 1n,
  1n << 32n,
  (1n << 53n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
];

/** Where the structures of an input stand: most mutations hit these. */
export type Ranges = ReadonlyArray<readonly [offset: number, length: number]>;

/** Most bytes an input grows to. */
const MOST = 0x20000;

type Mutator = (input: Uint8Array, random: Random, at: number) => Uint8Array;

const flipBit: Mutator = (input, random, at) => {
  if (at < input.length) input[at]! ^= 1 << random.below(8);
  return input;
};

const setByte: Mutator = (input, random, at) => {
  if (at < input.length) input[at] = random.next();
  return input;
};

/** An interesting integer, one near it, or one that has to do with the length of the input. */
const setInteger: Mutator = (input, random, at) => {
  const size = random.pick([1, 2, 4, 4, 8, 8]);
  const place = random.oneIn(4) ? at : at - (at % size);
  if (place + size > input.length) return input;
  const length = BigInt(input.length);
  const bases = [...interesting, length, length - BigInt(place), BigInt(place), BigInt(random.next())];
  const value = random.pick(bases) + BigInt(random.oneIn(3) ? random.below(17) - 8 : 0);
  const bytes = BigInt.asUintN(8 * size, value);
  for (let i = 0; i < size; i++) input[place + i] = Number((bytes >> BigInt(8 * i)) & 0xffn);
  return input;
};

/** Adds a little to the integer that stands there. */
const nudge: Mutator = (input, random, at) => {
  const place = at - (at % 4);
  if (place + 4 > input.length) return input;
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  view.setUint32(place, view.getUint32(place, true) + random.below(65) - 32, true);
  return input;
};

const truncate: Mutator = (input, random, at) =>
  input.slice(0, random.oneIn(2) ? at : random.below(input.length + 1));

const grow: Mutator = (input, random) => {
  const more = random.pick([1, 3, 16, 512, 4096, 0x8000]);
  const output = new Uint8Array(Math.min(MOST, input.length + more));
  output.set(input.subarray(0, output.length));
  if (random.oneIn(2)) output.fill(random.next(), input.length);
  return output;
};

/** Copies a piece of the input over another place in it. */
const copyWithin: Mutator = (input, random, at) => {
  const from = random.below(input.length);
  input.copyWithin(at, from, from + 1 + random.below(256));
  return input;
};

const removePiece: Mutator = (input, random, at) => {
  const size = 1 + random.below(64);
  const output = new Uint8Array(Math.max(0, input.length - size));
  output.set(input.subarray(0, Math.min(at, output.length)));
  if (at < output.length) output.set(input.subarray(at + size), at);
  return output;
};

const fillPiece: Mutator = (input, random, at) => {
  input.fill(random.pick([0, 0xff, random.next() & 0xff]), at, at + 1 + random.below(64));
  return input;
};

const mutators: readonly Mutator[] = [
  flipBit,
  setByte,
  setByte,
  setInteger,
  setInteger,
  setInteger,
  setInteger,
  nudge,
  nudge,
  truncate,
  grow,
  copyWithin,
  removePiece,
  fillPiece,
];

/** A changed copy of `input`: one change, or several. */
export function mutate(input: Uint8Array, ranges: Ranges, random: Random): Uint8Array {
  let output: Uint8Array = input.slice();
  do {
    output = random.pick(mutators)(output, random, place(output, ranges, random));
  } while (!random.oneIn(3));
  return output;
}

/** The first part of one input and the last part of another. */
export function splice(a: Uint8Array, b: Uint8Array, random: Random): Uint8Array {
  const head = a.subarray(0, random.below(a.length + 1));
  // Often at the same offset, so that structures of b stay where they were.
  const tail = b.subarray(random.oneIn(2) ? Math.min(head.length, b.length) : random.below(b.length + 1));
  const output = new Uint8Array(Math.min(MOST, head.length + tail.length));
  output.set(head.subarray(0, output.length));
  output.set(tail.subarray(0, output.length - head.length), head.length);
  return output;
}

function place(input: Uint8Array, ranges: Ranges, random: Random): number {
  if (ranges.length === 0 || random.oneIn(8)) return random.below(input.length);
  const [offset, length] = random.pick(ranges);
  return Math.min(offset + random.below(length), Math.max(0, input.length - 1));
}
