import { Kind } from './format.js';
import type { TypeTable } from './table.js';

/** One name of an enumeration. */
export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
}

/**
 * The names and values of the enumeration `id`, which must be one, in order of declaration.
 * `flagged` says whether these types state signs at all: see `statesSigns`.
 */
export function enumerators(table: TypeTable, id: number, flagged: boolean): Enumerator[] {
  const { words } = table;
  const wide = table.kind(id) === Kind.enum64;
  const signed = table.flag(id) || !flagged;
  const step = wide ? 3 : 2;
  const count = table.elements(id);
  const all: Enumerator[] = [];
  for (let i = 0, at = table.data(id); i < count; i++, at += step) {
    let value = BigInt(words[at + 1]!);
    if (wide) value |= BigInt(words[at + 2]!) << 32n;
    if (signed) value = BigInt.asIntN(wide ? 64 : 32, value);
    all.push({ name: table.string(words[at]!), value });
  }
  return all;
}

/**
 * True when some enumeration says by kind_flag that its values are signed.
 * Linux 6.0 brought the flag together with ENUM64; before, every value was defined as signed.
 */
export function statesSigns(table: TypeTable): boolean {
  for (let id = 1; id <= table.count; id++) {
    const kind = table.kind(id);
    if (kind === Kind.enum64 || (kind === Kind.enum && table.flag(id))) return true;
  }
  return false;
}
