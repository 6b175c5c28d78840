/**
 * WebAssembly expressions as values. A node is its own encoded bytes, so composing nodes is concatenation
 * and the same instruction description can be emitted anywhere. WebAssembly core specification 2.0, §5.4.
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** Encoded bytes; nested, so that composing expressions copies nothing. */
export type Code = readonly (number | Code)[];

/** An expression that leaves one value of type T. It has no effects unless its comment says so. */
export interface Node<T extends ValueType = ValueType> {
  readonly type: T;
  readonly code: Code;
  /** Its value where that is known when it is built; an i64's is signed. */
  readonly value?: number | bigint;
}
export type I32 = Node<'i32'>;
export type I64 = Node<'i64'>;
export type F32 = Node<'f32'>;
export type F64 = Node<'f64'>;
export type V128 = Node<'v128'>;

const unsigned = (value: number): number[] => {
  const out: number[] = [];
  do {
    const byte = value % 128;
    value = Math.floor(value / 128);
    out.push(value ? byte | 0x80 : byte);
  } while (value);
  return out;
};
/** Offsets, indexes: nearly all are small, and arrays of them would be made a million times. */
const smallUnsigned: readonly (readonly number[])[] = Array.from({ length: 4096 }, (_, i) => unsigned(i));

/** Unsigned LEB128. */
export function uleb(value: number): readonly number[] {
  return smallUnsigned[value] ?? unsigned(value);
}

/** Signed LEB128 of an i32. */
function sleb32(value: number): number[] {
  const out: number[] = [];
  for (;;) {
    const byte = value & 0x7f;
    value >>= 7;
    const ends = (value === 0 && !(byte & 0x40)) || (value === -1 && byte & 0x40);
    out.push(ends ? byte : byte | 0x80);
    if (ends) return out;
  }
}

/** Signed LEB128 of up to 64 bits. */
function sleb(value: bigint | number): number[] {
  if (typeof value === 'number') return sleb32(value);
  if (BigInt.asIntN(32, value) === value) return sleb32(Number(value));
  const out: number[] = [];
  for (;;) {
    const byte = Number(value & 0x7fn);
    value >>= 7n;
    const ends = (value === 0n && !(byte & 0x40)) || (value === -1n && byte & 0x40);
    out.push(ends ? byte : byte | 0x80);
    if (ends) return out;
  }
}

function node<T extends ValueType>(type: T, ...parts: Code[]): Node<T> {
  return { type, code: parts };
}

function constant<T extends ValueType>(type: T, value: number | bigint, code: Code): Node<T> {
  return { type, code, value };
}

const unary =
  <R extends ValueType, A extends ValueType>(type: R, ...op: number[]) =>
  (a: Node<A>): Node<R> =>
    node(type, a.code, op);
const binary =
  <R extends ValueType, A extends ValueType, B extends ValueType = A>(type: R, ...op: number[]) =>
  (a: Node<A>, b: Node<B>): Node<R> =>
    node(type, a.code, b.code, op);
/** The same, computed when it is built where both operands are known. */
const folded =
  <R extends 'i32' | 'i64', A extends 'i32' | 'i64'>(
    type: R,
    op: number,
    compute: (a: A extends 'i64' ? bigint : number, b: A extends 'i64' ? bigint : number) => unknown,
  ) =>
  (a: Node<A>, b: Node<A>): Node<R> =>
    a.value === undefined || b.value === undefined
      ? node(type, a.code, b.code, [op])
      : constantOf(type, compute(a.value as never, b.value as never));
const foldedUnary =
  <R extends 'i32' | 'i64', A extends 'i32' | 'i64'>(
    type: R,
    op: number,
    compute: (a: A extends 'i64' ? bigint : number) => unknown,
  ) =>
  (a: Node<A>): Node<R> =>
    a.value === undefined ? node(type, a.code, [op]) : constantOf(type, compute(a.value as never));
function constantOf<R extends 'i32' | 'i64'>(type: R, value: unknown): Node<R> {
  const result = type === 'i32' ? i32.const(Number(value)) : i64.const(value as bigint);
  return result as Node<R>;
}
const load =
  <R extends ValueType>(type: R, ...op: number[]) =>
  (address: I32, offset = 0): Node<R> =>
    node(type, address.code, op, [0], uleb(offset));
const prefixed = (op: number): number[] => [0xfd, ...uleb(op)];

/** Constants from 0 on, made once. */
const small = 4096;
const smallConstants: readonly I32[] = Array.from({ length: small }, (_, i) =>
  constant('i32', i, [0x41, ...sleb(i)]),
);
const smallConstants64: readonly I64[] = Array.from({ length: small }, (_, i) =>
  constant('i64', BigInt(i), [0x42, ...sleb(i)]),
);

export const i32 = {
  const: (value: number): I32 =>
    smallConstants[value] ?? constant('i32', value | 0, [0x41, ...sleb(value | 0)]),
  eqz: foldedUnary<'i32', 'i32'>('i32', 0x45, (a) => a === 0),
  eq: folded<'i32', 'i32'>('i32', 0x46, (a, b) => a === b),
  ne: folded<'i32', 'i32'>('i32', 0x47, (a, b) => a !== b),
  lt_s: binary<'i32', 'i32'>('i32', 0x48),
  lt_u: binary<'i32', 'i32'>('i32', 0x49),
  gt_s: binary<'i32', 'i32'>('i32', 0x4a),
  gt_u: binary<'i32', 'i32'>('i32', 0x4b),
  le_s: binary<'i32', 'i32'>('i32', 0x4c),
  le_u: binary<'i32', 'i32'>('i32', 0x4d),
  ge_s: binary<'i32', 'i32'>('i32', 0x4e),
  ge_u: binary<'i32', 'i32'>('i32', 0x4f),
  clz: unary<'i32', 'i32'>('i32', 0x67),
  ctz: unary<'i32', 'i32'>('i32', 0x68),
  popcnt: unary<'i32', 'i32'>('i32', 0x69),
  add: folded<'i32', 'i32'>('i32', 0x6a, (a, b) => (a + b) | 0),
  sub: folded<'i32', 'i32'>('i32', 0x6b, (a, b) => (a - b) | 0),
  mul: binary<'i32', 'i32'>('i32', 0x6c),
  and: folded<'i32', 'i32'>('i32', 0x71, (a, b) => a & b),
  or: folded<'i32', 'i32'>('i32', 0x72, (a, b) => a | b),
  xor: folded<'i32', 'i32'>('i32', 0x73, (a, b) => a ^ b),
  shl: folded<'i32', 'i32'>('i32', 0x74, (a, b) => a << b),
  shr_s: binary<'i32', 'i32'>('i32', 0x75),
  shr_u: folded<'i32', 'i32'>('i32', 0x76, (a, b) => (a >>> b) | 0),
  rotl: binary<'i32', 'i32'>('i32', 0x77),
  rotr: binary<'i32', 'i32'>('i32', 0x78),
  wrap: foldedUnary<'i32', 'i64'>('i32', 0xa7, (a) => BigInt.asIntN(32, a)),
  trunc_sat_f32_s: unary<'i32', 'f32'>('i32', 0xfc, 0),
  trunc_sat_f64_s: unary<'i32', 'f64'>('i32', 0xfc, 2),
  reinterpret: unary<'i32', 'f32'>('i32', 0xbc),
  extend8_s: unary<'i32', 'i32'>('i32', 0xc0),
  extend16_s: unary<'i32', 'i32'>('i32', 0xc1),
  load: load('i32', 0x28),
  load8_s: load('i32', 0x2c),
  load8_u: load('i32', 0x2d),
  load16_s: load('i32', 0x2e),
  load16_u: load('i32', 0x2f),
};

export const i64 = {
  const: (value: bigint | number): I64 => {
    if (typeof value === 'number' && value >= 0 && value < small) return smallConstants64[value]!;
    const wide = BigInt.asIntN(64, BigInt(value));
    return constant('i64', wide, [0x42, ...sleb(wide)]);
  },
  eqz: foldedUnary<'i32', 'i64'>('i32', 0x50, (a) => a === 0n),
  eq: folded<'i32', 'i64'>('i32', 0x51, (a, b) => a === b),
  ne: folded<'i32', 'i64'>('i32', 0x52, (a, b) => a !== b),
  lt_s: binary<'i32', 'i64'>('i32', 0x53),
  lt_u: binary<'i32', 'i64'>('i32', 0x54),
  gt_s: binary<'i32', 'i64'>('i32', 0x55),
  gt_u: binary<'i32', 'i64'>('i32', 0x56),
  le_s: binary<'i32', 'i64'>('i32', 0x57),
  le_u: binary<'i32', 'i64'>('i32', 0x58),
  ge_s: binary<'i32', 'i64'>('i32', 0x59),
  ge_u: binary<'i32', 'i64'>('i32', 0x5a),
  clz: unary<'i64', 'i64'>('i64', 0x79),
  ctz: unary<'i64', 'i64'>('i64', 0x7a),
  popcnt: unary<'i64', 'i64'>('i64', 0x7b),
  add: folded<'i64', 'i64'>('i64', 0x7c, (a, b) => a + b),
  sub: folded<'i64', 'i64'>('i64', 0x7d, (a, b) => a - b),
  mul: binary<'i64', 'i64'>('i64', 0x7e),
  /** Traps on division by zero and overflow: guard both. */
  div_s: binary<'i64', 'i64'>('i64', 0x7f),
  div_u: binary<'i64', 'i64'>('i64', 0x80),
  rem_s: binary<'i64', 'i64'>('i64', 0x81),
  rem_u: binary<'i64', 'i64'>('i64', 0x82),
  and: folded<'i64', 'i64'>('i64', 0x83, (a, b) => a & b),
  or: folded<'i64', 'i64'>('i64', 0x84, (a, b) => a | b),
  xor: folded<'i64', 'i64'>('i64', 0x85, (a, b) => a ^ b),
  shl: folded<'i64', 'i64'>('i64', 0x86, (a, b) => a << (b & 63n)),
  shr_s: binary<'i64', 'i64'>('i64', 0x87),
  shr_u: folded<'i64', 'i64'>('i64', 0x88, (a, b) => BigInt.asUintN(64, a) >> (b & 63n)),
  rotl: binary<'i64', 'i64'>('i64', 0x89),
  rotr: binary<'i64', 'i64'>('i64', 0x8a),
  /** Sign-extends an i32. */
  extend_s: unary<'i64', 'i32'>('i64', 0xac),
  /** Zero-extends an i32. */
  extend_u: foldedUnary<'i64', 'i32'>('i64', 0xad, (a) => BigInt(a >>> 0)),
  trunc_sat_f32_s: unary<'i64', 'f32'>('i64', 0xfc, 4),
  trunc_sat_f64_s: unary<'i64', 'f64'>('i64', 0xfc, 6),
  reinterpret: unary<'i64', 'f64'>('i64', 0xbd),
  extend8_s: unary<'i64', 'i64'>('i64', 0xc2),
  extend16_s: unary<'i64', 'i64'>('i64', 0xc3),
  extend32_s: unary<'i64', 'i64'>('i64', 0xc4),
  load: load('i64', 0x29),
  load8_s: load('i64', 0x30),
  load8_u: load('i64', 0x31),
  load16_s: load('i64', 0x32),
  load16_u: load('i64', 0x33),
  load32_s: load('i64', 0x34),
  load32_u: load('i64', 0x35),
};

export const f32 = {
  eq: binary<'i32', 'f32'>('i32', 0x5b),
  ne: binary<'i32', 'f32'>('i32', 0x5c),
  lt: binary<'i32', 'f32'>('i32', 0x5d),
  gt: binary<'i32', 'f32'>('i32', 0x5e),
  le: binary<'i32', 'f32'>('i32', 0x5f),
  ge: binary<'i32', 'f32'>('i32', 0x60),
  nearest: unary<'f32', 'f32'>('f32', 0x90),
  sqrt: unary<'f32', 'f32'>('f32', 0x91),
  add: binary<'f32', 'f32'>('f32', 0x92),
  sub: binary<'f32', 'f32'>('f32', 0x93),
  mul: binary<'f32', 'f32'>('f32', 0x94),
  div: binary<'f32', 'f32'>('f32', 0x95),
  convert_i32_s: unary<'f32', 'i32'>('f32', 0xb2),
  convert_i64_s: unary<'f32', 'i64'>('f32', 0xb4),
  demote: unary<'f32', 'f64'>('f32', 0xb6),
  reinterpret: unary<'f32', 'i32'>('f32', 0xbe),
  load: load('f32', 0x2a),
};

export const f64 = {
  const: (value: number): F64 => node('f64', [0x44, ...new Uint8Array(Float64Array.of(value).buffer)]),
  trunc: unary<'f64', 'f64'>('f64', 0x9d),
  eq: binary<'i32', 'f64'>('i32', 0x61),
  ne: binary<'i32', 'f64'>('i32', 0x62),
  lt: binary<'i32', 'f64'>('i32', 0x63),
  gt: binary<'i32', 'f64'>('i32', 0x64),
  le: binary<'i32', 'f64'>('i32', 0x65),
  ge: binary<'i32', 'f64'>('i32', 0x66),
  nearest: unary<'f64', 'f64'>('f64', 0x9e),
  sqrt: unary<'f64', 'f64'>('f64', 0x9f),
  add: binary<'f64', 'f64'>('f64', 0xa0),
  sub: binary<'f64', 'f64'>('f64', 0xa1),
  mul: binary<'f64', 'f64'>('f64', 0xa2),
  div: binary<'f64', 'f64'>('f64', 0xa3),
  convert_i32_s: unary<'f64', 'i32'>('f64', 0xb7),
  convert_i64_s: unary<'f64', 'i64'>('f64', 0xb9),
  promote: unary<'f64', 'f32'>('f64', 0xbb),
  reinterpret: unary<'f64', 'i64'>('f64', 0xbf),
  load: load('f64', 0x2b),
};

/** v128 operations by their number in the SIMD opcode space (specification §5.4.9). */
export const v128 = {
  load: load('v128', ...prefixed(0)),
  const: (bytes: readonly number[]): V128 => node('v128', prefixed(12), bytes),
  shuffle: (a: V128, b: V128, lanes: readonly number[]): V128 =>
    node('v128', a.code, b.code, prefixed(13), lanes),
  /** An operation of one v128. */
  unary: (op: number, a: V128): V128 => node('v128', a.code, prefixed(op)),
  /** An operation of two v128. */
  binary: (op: number, a: V128, b: V128): V128 => node('v128', a.code, b.code, prefixed(op)),
  /** A shift of a v128 by an i32 count (taken modulo the lane width). */
  shift: (op: number, a: V128, count: I32): V128 => node('v128', a.code, count.code, prefixed(op)),
  /** A v128 → i32 operation such as bitmask or all_true. */
  test: (op: number, a: V128): I32 => node('i32', a.code, prefixed(op)),
  not: unary<'v128', 'v128'>('v128', ...prefixed(77)),
  and: binary<'v128', 'v128'>('v128', ...prefixed(78)),
  andnot: binary<'v128', 'v128'>('v128', ...prefixed(79)),
  or: binary<'v128', 'v128'>('v128', ...prefixed(80)),
  xor: binary<'v128', 'v128'>('v128', ...prefixed(81)),
  splat: <T extends ValueType>(op: number, a: Node<T>): V128 => node('v128', a.code, prefixed(op)),
  /** extract_lane of any shape; `type` is what it yields. */
  extract: <T extends ValueType>(type: T, op: number, a: V128, lane: number): Node<T> =>
    node(type, a.code, prefixed(op), [lane]),
  replace: <T extends ValueType>(op: number, a: V128, lane: number, value: Node<T>): V128 =>
    node('v128', a.code, value.code, prefixed(op), [lane]),
};

/** `condition ? a : b`; both are evaluated. */
export function select<T extends ValueType>(condition: I32, a: Node<T>, b: Node<T>): Node<T> {
  const op = a.type === 'v128' ? [0x1c, 1, 0x7b] : [0x1b];
  return node(a.type, a.code, b.code, condition.code, op);
}

const typeCode: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
/** Encoding of a value type. */
export function valueType(type: ValueType): number {
  return typeCode[type];
}

/** A local of a function under construction; reading it is an expression. */
export interface Local<T extends ValueType = ValueType> extends Node<T> {
  readonly index: number;
}

/** The type of a function. */
export interface Signature {
  readonly params: readonly ValueType[];
  readonly result?: ValueType;
}

/** See `Body.mark`. */
export interface BodyMark {
  readonly length: number;
  readonly depth: number;
}

/** The body of a function under construction: statements in order, locals on demand. */
export class Body {
  #bytes = new Uint8Array(256);
  #length = 0;
  readonly #locals: ValueType[] = [];
  /** Locals that an ended scope gave back. */
  readonly #free: Local[] = [];
  #inScope: Local[] | undefined;
  #depth = 0;

  /** `folds`: constants are not pinned, and conditions known when they are built make no branch. */
  constructor(
    readonly signature: Signature,
    readonly folds = false,
  ) {}

  /** How many blocks, loops and ifs are open: the label of the innermost. */
  get depth(): number {
    return this.#depth;
  }

  /** Encoded bytes so far. */
  get length(): number {
    return this.#length;
  }

  param<T extends ValueType>(index: number, type: T): Local<T> {
    return { type, index, code: [0x20, ...uleb(index)] };
  }

  local<T extends ValueType>(type: T): Local<T> {
    const free = this.#free.findIndex((candidate) => candidate.type === type);
    const local = free === -1 ? this.#newLocal(type) : (this.#free.splice(free, 1)[0] as Local<T>);
    this.#inScope?.push(local);
    return local;
  }

  /** A local that no scope gives back. */
  permanent<T extends ValueType>(type: T): Local<T> {
    return this.#newLocal(type);
  }

  #newLocal<T extends ValueType>(type: T): Local<T> {
    const index = this.signature.params.length + this.#locals.push(type) - 1;
    return { type, index, code: [0x20, ...uleb(index)] };
  }

  /** A place to come back to with `reset`. */
  mark(): BodyMark {
    return { length: this.#length, depth: this.#depth };
  }

  /** Forgets what was emitted since; locals stay. Also ends a scope that was left by an exception. */
  reset({ length, depth }: BodyMark): void {
    this.#length = length;
    this.#depth = depth;
    if (this.#inScope) this.#free.push(...this.#inScope);
    this.#inScope = undefined;
  }

  /** Locals made inside are used again after it. Scopes do not nest. */
  scope(emit: () => void): void {
    this.#inScope = [];
    emit();
    this.#free.push(...this.#inScope);
    this.#inScope = undefined;
  }

  /** Evaluates now, and returns a local that holds the value. */
  let<T extends ValueType>(value: Node<T>): Local<T> {
    // Nothing ever sets a pinned constant: a description that changes a local makes it with `local`.
    if (this.folds && value.value !== undefined) return { ...value, index: -1 };
    const local = this.local(value.type);
    this.set(local, value);
    return local;
  }

  set<T extends ValueType>(local: Local<T>, value: Node<T>): void {
    if (local.index < 0) throw new Error('a pinned constant cannot be set');
    this.push(value.code, [0x21, ...uleb(local.index)]);
  }

  push(...parts: Code[]): void {
    for (const part of parts) this.#append(part);
  }

  #append(code: Code): void {
    for (const item of code) {
      if (typeof item === 'number') this.#byte(item);
      else this.#append(item);
    }
  }

  #byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const bigger = new Uint8Array(2 * this.#length);
      bigger.set(this.#bytes);
      this.#bytes = bigger;
    }
    this.#bytes[this.#length++] = value;
  }

  #store(op: readonly number[], address: I32, value: Node, offset: number): void {
    this.push(address.code, value.code, op, [0], uleb(offset));
  }
  store8(address: I32, value: I64, offset = 0): void {
    this.#store([0x3c], address, value, offset);
  }
  store16(address: I32, value: I64, offset = 0): void {
    this.#store([0x3d], address, value, offset);
  }
  store32(address: I32, value: I64, offset = 0): void {
    this.#store([0x3e], address, value, offset);
  }
  store64(address: I32, value: I64, offset = 0): void {
    this.#store([0x37], address, value, offset);
  }
  storeI32(address: I32, value: I32, offset = 0): void {
    this.#store([0x36], address, value, offset);
  }
  storeF32(address: I32, value: F32, offset = 0): void {
    this.#store([0x38], address, value, offset);
  }
  storeF64(address: I32, value: F64, offset = 0): void {
    this.#store([0x39], address, value, offset);
  }
  store128(address: I32, value: V128, offset = 0): void {
    this.#store(prefixed(11), address, value, offset);
  }

  /** `memory.fill`: `bytes` from `at` on become the low byte of `value`. */
  fill(at: I32, value: I32, bytes: I32): void {
    this.push(at.code, value.code, bytes.code, [0xfc, 0x0b, 0]);
  }

  /** `memory.copy`: as if through a buffer where they overlap. */
  copy(to: I32, from: I32, bytes: I32): void {
    this.push(to.code, from.code, bytes.code, [0xfc, 0x0a, 0, 0]);
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    if (this.folds && condition.value !== undefined) {
      if (condition.value) then();
      else otherwise?.();
      return;
    }
    this.push(condition.code, [0x04, 0x40]);
    this.#depth++;
    then();
    if (otherwise) {
      this.push([0x05]);
      otherwise();
    }
    this.#depth--;
    this.push([0x0b]);
  }

  /** A loop; `body` gets a function that branches back to its start. */
  loop(body: (again: (condition?: I32) => void) => void): void {
    this.push([0x03, 0x40]);
    const depth = ++this.#depth;
    body((condition) => this.#branch(depth, condition));
    this.#depth--;
    this.push([0x0b]);
  }

  /** A block; `body` gets a function that branches to its end. */
  block(body: (leave: (condition?: I32) => void) => void): void {
    this.push([0x02, 0x40]);
    const depth = ++this.#depth;
    body((condition) => this.#branch(depth, condition));
    this.#depth--;
    this.push([0x0b]);
  }

  /** Branches to the end of an open block, or the start of an open loop: the one that made `depth` be `label`. */
  branch(label: number, condition?: I32): void {
    this.#branch(label, condition);
  }

  /** `br_table`: goes to the label that `index` chooses, the last one for any other index. */
  branchTable(index: I32, labels: readonly number[]): void {
    this.push(index.code, [0x0e], uleb(labels.length - 1));
    for (const label of labels) this.push(uleb(this.#depth - label));
  }

  #branch(target: number, condition?: I32): void {
    if (condition) this.push(condition.code, [0x0d], uleb(this.#depth - target));
    else this.push([0x0c], uleb(this.#depth - target));
  }

  /**
   * `br_table` over `cases`: case i runs when `index` is i, and falls to the end of the switch;
   * any other index runs `otherwise`.
   */
  switch(index: I32, cases: readonly (() => void)[], otherwise: () => void): void {
    const count = cases.length;
    this.block((leave) => {
      for (let i = 0; i <= count; i++) this.push([0x02, 0x40]);
      this.#depth += count + 1;
      this.push(index.code, [0x0e], uleb(count));
      for (let i = 0; i <= count; i++) this.push(uleb(i));
      for (const run of [...cases, otherwise]) {
        this.push([0x0b]);
        this.#depth--;
        run();
        leave();
      }
    });
  }

  return(value?: Node): void {
    this.push(value?.code ?? [], [0x0f]);
  }

  unreachable(): void {
    this.push([0x00]);
  }

  /** A call as a statement; its result, if any, must be taken with `callNode` instead. */
  call(index: number, ...args: Node[]): void {
    this.push(...args.map((arg) => arg.code), [0x10], uleb(index));
  }

  drop(value: Node): void {
    this.push(value.code, [0x1a]);
  }

  /** The encoded function body with its local declarations. */
  encode(): Uint8Array {
    const locals = [...uleb(this.#locals.length), ...this.#locals.flatMap((type) => [1, typeCode[type]])];
    const size = locals.length + this.#length + 1;
    const prefix = [...uleb(size), ...locals];
    const out = new Uint8Array(prefix.length + this.#length + 1);
    out.set(prefix);
    out.set(this.#bytes.subarray(0, this.#length), prefix.length);
    out[out.length - 1] = 0x0b;
    return out;
  }
}

/** A call as an expression. It has whatever effects the function has: pin it with `let`. */
export function callNode<T extends ValueType>(type: T, index: number, ...args: Node[]): Node<T> {
  return node(type, ...args.map((arg) => arg.code), [0x10], uleb(index));
}

/** `call_indirect` through table 0, or another one. */
export function callIndirect<T extends ValueType>(
  type: T,
  typeIndex: number,
  slot: I32,
  args: readonly Node[],
  table = 0,
): Node<T> {
  return node(type, ...args.map((arg) => arg.code), slot.code, [0x11], uleb(typeIndex), [table]);
}
