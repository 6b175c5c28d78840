import type { Field, Struct } from '../../src/core/struct.js';

/** Values for some fields of a structure, by name. */
export type Overrides = Readonly<Record<string, number | bigint | Uint8Array>>;

/** Writes fields of a structure in either byte order; unlike `Struct.write` it takes numbers for u64 too. */
export function put(
  target: Uint8Array,
  layout: Struct<Record<string, Field>> | { fields: Record<string, Field> },
  offset: number,
  values: Overrides,
  littleEndian = true,
): void {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  for (const [name, value] of Object.entries(values)) {
    const field = layout.fields[name];
    if (!field) throw new Error(`no field ${name}`);
    const at = offset + field.offset;
    if (typeof field.type !== 'string') target.set(value as Uint8Array, at);
    else if (field.type === 'u8') view.setUint8(at, Number(value));
    else if (field.type === 'u16') view.setUint16(at, Number(value), littleEndian);
    else if (field.type === 'u32') view.setUint32(at, Number(value), littleEndian);
    else view.setBigUint64(at, BigInt(value as number | bigint), littleEndian);
  }
}

/** A string as bytes, one a character. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Byte arrays one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A little-endian unsigned number of `size` bytes. */
export function le(value: number | bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) =>
    Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * index)) & 0xffn),
  );
}

/** `value` rounded up to a multiple of `unit`. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
