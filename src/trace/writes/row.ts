/** Where an object lies, by the marks of the linker script; `other` is between these. */
export const objectSections = ['read-only', 'data', 'init', 'bss', 'other'] as const;

/** Objects of the kernel's data that were written, in ascending order of address. */
export interface ObjectColumns {
  readonly name: readonly string[];
  /** Link-time address. */
  readonly address: BigUint64Array;
  /** Bytes up to the next symbol. */
  readonly size: Uint32Array;
  /** Index in `objectSections`. */
  readonly section: Uint8Array;
}

/** Functions that wrote an object up to `rest_init`, in the order they first did. */
export interface WriteColumns {
  /** Row of `ObjectColumns`, and of `FunctionColumns`. */
  readonly object: Uint32Array;
  readonly function: Uint32Array;
  /** Retired before the first write, and before the last that was seen. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** 1 where it wrote a byte that is not zero, and where a byte was another one before. */
  readonly nonZero: Uint8Array;
  readonly changed: Uint8Array;
}

/** Which bytes that were: one stretch a row, those of one write in ascending order. */
export interface StretchColumns {
  /** Row of `WriteColumns`, ascending. */
  readonly write: Uint32Array;
  /** Offset in the object, and behind the stretch. */
  readonly start: Uint32Array;
  readonly end: Uint32Array;
}

export interface RecordedWrites {
  readonly objects: ObjectColumns;
  readonly writes: WriteColumns;
  readonly stretches: StretchColumns;
}
