import { type Body, type F64, f64, type I32, type I64, i32, i64 } from '../wasm/code.js';

/** Page number of a linear address as a signed double: exact for any 64-bit address. */
export function pageNumber(address: I64): F64 {
  return f64.convert_i64_s(i64.shr_s(address, i64.const(12)));
}

export function pageOffset(address: I64): I32 {
  return i32.and(i32.wrap(address), i32.const(0xfff));
}

/** Loads `size` bits, 8 to 64, from linear memory, zero-extended. */
export function loadSized(at: I32, size: number): I64 {
  return size === 8
    ? i64.load8_u(at)
    : size === 16
      ? i64.load16_u(at)
      : size === 32
        ? i64.load32_u(at)
        : i64.load(at);
}

export function storeSized(body: Body, at: I32, value: I64, size: number): void {
  if (size === 8) body.store8(at, value);
  else if (size === 16) body.store16(at, value);
  else if (size === 32) body.store32(at, value);
  else body.store64(at, value);
}
