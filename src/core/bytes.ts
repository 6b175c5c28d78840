import { hex, ImageError } from './errors.js';

/**
 * Bounds-checked little- or big-endian access to a byte array.
 * Every read outside it throws an ImageError with the offset, so parsers need no checks of their own.
 */
export class Bytes {
  readonly view: DataView;

  /** `what` names the bytes in error messages, `base` is added to offsets there (offset of these bytes in the file). */
  constructor(
    readonly data: Uint8Array,
    readonly what = 'file',
    readonly littleEndian = true,
    readonly base = 0,
  ) {
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get length(): number {
    return this.data.length;
  }

  /** True when `size` bytes at `offset` lie inside. */
  has(offset: number, size = 1): boolean {
    return Number.isSafeInteger(offset) && offset >= 0 && size >= 0 && offset + size <= this.data.length;
  }

  #check(offset: number, size: number): void {
    if (!this.has(offset, size)) {
      const at = Number.isSafeInteger(offset) ? this.base + offset : offset;
      throw new ImageError(
        `${this.what}: ${size} bytes wanted at offset ${hex(at)}, but it ends at ${hex(this.base + this.data.length)}`,
        at,
        'the file is truncated, or a field that points here is wrong',
      );
    }
  }

  u8(offset: number): number {
    this.#check(offset, 1);
    return this.data[offset]!;
  }

  u16(offset: number): number {
    this.#check(offset, 2);
    return this.view.getUint16(offset, this.littleEndian);
  }

  u32(offset: number): number {
    this.#check(offset, 4);
    return this.view.getUint32(offset, this.littleEndian);
  }

  i32(offset: number): number {
    this.#check(offset, 4);
    return this.view.getInt32(offset, this.littleEndian);
  }

  u64(offset: number): bigint {
    this.#check(offset, 8);
    return this.view.getBigUint64(offset, this.littleEndian);
  }

  /** A view (no copy) of `size` bytes. */
  slice(offset: number, size: number): Uint8Array {
    this.#check(offset, size);
    return this.data.subarray(offset, offset + size);
  }

  /** The bytes up to a NUL, or up to `max` bytes, decoded as Latin-1. */
  cString(offset: number, max = 4096): string {
    this.#check(offset, 0);
    const end = Math.min(this.data.length, offset + max);
    let at = offset;
    while (at < end && this.data[at] !== 0) at++;
    return latin1(this.data.subarray(offset, at));
  }

  /** True when `expected` stands at `offset`; false also when it does not fit. */
  matches(offset: number, expected: string | ArrayLike<number>): boolean {
    if (!this.has(offset, expected.length)) return false;
    for (let i = 0; i < expected.length; i++) {
      const want = typeof expected === 'string' ? expected.charCodeAt(i) : expected[i];
      if (this.data[offset + i] !== want) return false;
    }
    return true;
  }
}

/** Bytes as a Latin-1 string, one character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

/** Bytes as space-separated hexadecimal pairs, at most `max` of them. */
export function hexBytes(bytes: Uint8Array, max = 32): string {
  const shown = Array.from(bytes.subarray(0, max), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return bytes.length > max ? `${shown} …` : shown;
}

/** The first offset at or after `from` where `needle` stands, or -1. */
export function indexOfBytes(haystack: Uint8Array, needle: ArrayLike<number>, from = 0): number {
  const first = needle[0]!;
  const last = haystack.length - needle.length;
  for (
    let at = haystack.indexOf(first, from);
    at !== -1 && at <= last;
    at = haystack.indexOf(first, at + 1)
  ) {
    let i = 1;
    while (i < needle.length && haystack[at + i] === needle[i]) i++;
    if (i === needle.length) return at;
  }
  return -1;
}

/** The number that bytes make, the lowest first. */
export function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}
