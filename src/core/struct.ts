import type { Bytes } from './bytes.js';

/** The types a structure field can have; `bytes` fields carry their length. */
type Scalar = 'u8' | 'u16' | 'u32' | 'u64';
type FieldType = Scalar | { bytes: number };

/** One field: offset in bytes from the start of the structure, its type, and what it means. */
export interface Field<T extends FieldType = FieldType> {
  readonly offset: number;
  readonly type: T;
  readonly meaning?: string;
}

type ValueOf<T> = T extends 'u64' ? bigint : T extends Scalar ? number : Uint8Array;
/** Values by the names of a structure's fields. */
export type Values<F extends Record<string, Field>> = { [K in keyof F]: ValueOf<F[K]['type']> };

/** A structure of an ABI: its name, where it is specified, its size in bytes and its fields. */
export interface Struct<F extends Record<string, Field> = Record<string, Field>> {
  readonly name: string;
  readonly source: string;
  readonly size: number;
  readonly fields: F;
  /** All fields read at `offset`; throws ImageError where a field lies outside. */
  read(bytes: Bytes, offset?: number): Values<F>;
  /** Writes the given fields, leaving the others as they are. */
  write(target: DataView, offset: number, values: Partial<Values<F>>): void;
}

/** The values of a structure's fields: what `read` gives. */
export type ValuesOf<S extends { read: (...args: never[]) => unknown }> = ReturnType<S['read']>;

const sizes: Record<Scalar, number> = { u8: 1, u16: 2, u32: 4, u64: 8 };

/** Size of a field in bytes. */
export function fieldSize(field: Field): number {
  return typeof field.type === 'string' ? sizes[field.type] : field.type.bytes;
}

/** Declares one field of a structure. */
export function field<const T extends FieldType>(offset: number, type: T, meaning?: string): Field<T> {
  return { offset, type, meaning };
}

/** Declares a structure; `size` defaults to the end of its last field. */
export function struct<F extends Record<string, Field>>(
  name: string,
  source: string,
  fields: F,
  size = Math.max(...Object.values(fields).map((f) => f.offset + fieldSize(f))),
): Struct<F> {
  return {
    name,
    source,
    size,
    fields,
    read(bytes, offset = 0) {
      const values: Record<string, number | bigint | Uint8Array> = {};
      for (const [key, { offset: at, type }] of Object.entries(fields)) {
        values[key] =
          typeof type === 'string' ? bytes[type](offset + at) : bytes.slice(offset + at, type.bytes);
      }
      return values as Values<F>;
    },
    write(target, offset, values) {
      for (const [key, value] of Object.entries(values)) {
        const { offset: at, type } = fields[key]!;
        const place = offset + at;
        if (type === 'u8') target.setUint8(place, value as number);
        else if (type === 'u16') target.setUint16(place, value as number, true);
        else if (type === 'u32') target.setUint32(place, value as number, true);
        else if (type === 'u64') target.setBigUint64(place, value as bigint, true);
        else
          new Uint8Array(target.buffer, target.byteOffset + place, type.bytes).set(
            (value as Uint8Array).subarray(0, type.bytes),
          );
      }
    },
  };
}
