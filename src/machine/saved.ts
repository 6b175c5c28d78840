/** One item of state; undefined where there is none just now. */
export type SavedValue = number | bigint | boolean | string | undefined | Uint8Array | Uint32Array;

export type Put = (value: SavedValue) => void;

/**
 * A part of a machine that has state. A field that is not `readonly`, or whose contents change, is put; one that is not says
 * why where it is declared: `@unsaved` and the reason. A test holds every class of machine and platforms against that.
 */
export interface Saved {
  /** Gives everything that decides how the part goes on, in a fixed order. */
  save(put: Put): void;
}

/** Puts a map in the order of its keys, and how many there are. */
export function putMap<K extends number | string, V>(
  map: ReadonlyMap<K, V>,
  put: Put,
  each: (value: V) => void,
): void {
  put(map.size);
  for (const [key, value] of [...map].sort(([a], [b]) => (a < b ? -1 : 1))) {
    put(key);
    each(value);
  }
}

/** Puts a list and its length. */
export function putAll(values: Iterable<SavedValue>, put: Put): void {
  const all = [...values];
  put(all.length);
  for (const value of all) put(value);
}
