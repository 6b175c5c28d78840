import {
  type F32,
  type F64,
  type I32,
  type I64,
  type Node,
  type V128,
  type ValueType,
  v128,
} from './code.js';

/** Typed names of the SIMD operations in use (WebAssembly core specification 2.0, §5.4.9). */

const unary =
  (op: number) =>
  (a: V128): V128 =>
    v128.unary(op, a);
const binary =
  (op: number) =>
  (a: V128, b: V128): V128 =>
    v128.binary(op, a, b);
const shift =
  (op: number) =>
  (a: V128, count: I32): V128 =>
    v128.shift(op, a, count);
const test =
  (op: number) =>
  (a: V128): I32 =>
    v128.test(op, a);
const splat =
  <T extends ValueType>(op: number) =>
  (a: Node<T>): V128 =>
    v128.splat(op, a);
const extract =
  <T extends ValueType>(type: T, op: number) =>
  (a: V128, lane: number): Node<T> =>
    v128.extract(type, op, a, lane);
const replace =
  <T extends ValueType>(op: number) =>
  (a: V128, lane: number, value: Node<T>): V128 =>
    v128.replace(op, a, lane, value);

export const anyTrue = test(83);

/** Bits of `a` where `mask` is set, else of `b`. */
export const bitselect = (a: V128, b: V128, mask: V128): V128 =>
  v128.or(v128.and(a, mask), v128.andnot(b, mask));

export const i8x16 = {
  swizzle: binary(14),
  splat: splat<'i32'>(15),
  extract_u: extract('i32', 22),
  replace: replace<'i32'>(23),
  eq: binary(35),
  ne: binary(36),
  gt_s: binary(39),
  abs: unary(96),
  neg: unary(97),
  all_true: test(99),
  bitmask: test(100),
  narrow_i16x8_s: binary(101),
  narrow_i16x8_u: binary(102),
  shr_s: shift(108),
  add: binary(110),
  add_sat_s: binary(111),
  add_sat_u: binary(112),
  sub: binary(113),
  sub_sat_s: binary(114),
  sub_sat_u: binary(115),
  min_s: binary(118),
  min_u: binary(119),
  max_s: binary(120),
  max_u: binary(121),
  avgr_u: binary(123),
};

export const i16x8 = {
  extadd_pairwise_i8x16_u: unary(125),
  splat: splat<'i32'>(16),
  extract_u: extract('i32', 25),
  replace: replace<'i32'>(26),
  eq: binary(45),
  ne: binary(46),
  gt_s: binary(49),
  abs: unary(128),
  neg: unary(129),
  q15mulr_sat_s: binary(130),
  narrow_i32x4_s: binary(133),
  narrow_i32x4_u: binary(134),
  extend_low_i8x16_s: unary(135),
  extend_low_i8x16_u: unary(137),
  shl: shift(139),
  shr_s: shift(140),
  shr_u: shift(141),
  add: binary(142),
  add_sat_s: binary(143),
  add_sat_u: binary(144),
  sub: binary(145),
  sub_sat_s: binary(146),
  sub_sat_u: binary(147),
  mul: binary(149),
  min_s: binary(150),
  min_u: binary(151),
  max_s: binary(152),
  max_u: binary(153),
  avgr_u: binary(155),
};

export const i32x4 = {
  extadd_pairwise_i16x8_u: unary(127),
  splat: splat<'i32'>(17),
  extract: extract('i32', 27),
  replace: replace<'i32'>(28),
  eq: binary(55),
  ne: binary(56),
  gt_s: binary(59),
  abs: unary(160),
  neg: unary(161),
  all_true: test(163),
  bitmask: test(164),
  extend_low_i16x8_s: unary(167),
  extend_low_i16x8_u: unary(169),
  shl: shift(171),
  shr_s: shift(172),
  shr_u: shift(173),
  add: binary(174),
  sub: binary(177),
  mul: binary(181),
  min_s: binary(182),
  min_u: binary(183),
  max_s: binary(184),
  max_u: binary(185),
  dot_i16x8_s: binary(186),
  extmul_low_i16x8_s: binary(188),
  extmul_high_i16x8_s: binary(189),
  extmul_low_i16x8_u: binary(190),
  extmul_high_i16x8_u: binary(191),
  trunc_sat_f32x4_s: unary(248),
  trunc_sat_f64x2_s_zero: unary(252),
};

export const i64x2 = {
  splat: splat<'i64'>(18),
  extract: extract('i64', 29) as (a: V128, lane: number) => I64,
  replace: replace<'i64'>(30),
  bitmask: test(196),
  all_true: test(195),
  extend_low_i32x4_s: unary(199),
  extend_low_i32x4_u: unary(201),
  shl: shift(203),
  shr_s: shift(204),
  shr_u: shift(205),
  add: binary(206),
  sub: binary(209),
  mul: binary(213),
  eq: binary(214),
  ne: binary(215),
  gt_s: binary(217),
};

export const f32x4 = {
  splat: splat<'f32'>(19),
  extract: extract('f32', 31) as (a: V128, lane: number) => F32,
  replace: replace<'f32'>(32),
  eq: binary(65),
  ne: binary(66),
  lt: binary(67),
  gt: binary(68),
  le: binary(69),
  ge: binary(70),
  demote_f64x2_zero: unary(94),
  ceil: unary(103),
  floor: unary(104),
  trunc: unary(105),
  nearest: unary(106),
  abs: unary(224),
  neg: unary(225),
  sqrt: unary(227),
  add: binary(228),
  sub: binary(229),
  mul: binary(230),
  div: binary(231),
  /** b < a ? b : a. */
  pmin: binary(234),
  /** a < b ? b : a. */
  pmax: binary(235),
  convert_i32x4_s: unary(250),
};

export const f64x2 = {
  splat: splat<'f64'>(20),
  extract: extract('f64', 33) as (a: V128, lane: number) => F64,
  replace: replace<'f64'>(34),
  eq: binary(71),
  ne: binary(72),
  lt: binary(73),
  gt: binary(74),
  le: binary(75),
  ge: binary(76),
  promote_low_f32x4: unary(95),
  ceil: unary(116),
  floor: unary(117),
  trunc: unary(122),
  nearest: unary(148),
  abs: unary(236),
  neg: unary(237),
  sqrt: unary(239),
  add: binary(240),
  sub: binary(241),
  mul: binary(242),
  div: binary(243),
  pmin: binary(246),
  pmax: binary(247),
  convert_low_i32x4_s: unary(254),
};

/** 16 bytes from a pattern repeated. */
export function repeat(pattern: readonly number[]): V128 {
  return v128.const(Array.from({ length: 16 }, (_, i) => pattern[i % pattern.length]!));
}

/** A constant of one value in all lanes. */
export const constant = {
  i16: (value: number): V128 => repeat([value & 255, (value >> 8) & 255]),
  i32: (value: number): V128 => repeat([0, 8, 16, 24].map((by) => (value >>> by) & 255)),
  i64: (value: bigint): V128 =>
    repeat(Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))),
};
