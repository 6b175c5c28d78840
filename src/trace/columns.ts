import { ImageError } from '../core/errors.js';

/** The typed arrays a recording is made of. */
export const arrays = { Uint8Array, Uint32Array, Int32Array, Float64Array, BigUint64Array } as const;
export type ArrayName = keyof typeof arrays;
export type ColumnArray = InstanceType<(typeof arrays)[ArrayName]>;

/** Where a column is in a recording, its type and how many items it has. */
export interface ColumnEntry {
  /** "firstRuns.instruction". */
  readonly name: string;
  readonly type: ArrayName;
  readonly count: number;
}

/** Bytes of columns one after the other, little-endian, without gaps. */
export function packColumns(columns: readonly ColumnArray[]): Uint8Array[] {
  // Every host that runs JavaScript today is little-endian.
  return columns.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
}

/** Columns of packed bytes, which must be there to the last. Throws ImageError where they are not. */
export function unpackColumns(entries: readonly ColumnEntry[], bytes: Uint8Array): Map<string, ColumnArray> {
  const found = new Map<string, ColumnArray>();
  let at = 0;
  for (const { name, type, count } of entries) {
    if (!Object.hasOwn(arrays, type) || !Number.isSafeInteger(count) || count < 0) {
      throw new ImageError(`recording: column ${name} has no type or count that is known`);
    }
    const Type = arrays[type];
    const size = count * Type.BYTES_PER_ELEMENT;
    if (at + size > bytes.length) throw new ImageError(`recording: column ${name} is cut off`, at);
    found.set(name, new Type(bytes.slice(at, at + size).buffer));
    at += size;
  }
  if (at !== bytes.length) throw new ImageError('recording: bytes behind the last column', at);
  return found;
}
