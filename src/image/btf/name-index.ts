import { Kind } from './format.js';
import type { TypeTable } from './table.js';

/** What can be looked up by name. `enum` finds both widths. */
export type NamedKind =
  | 'struct'
  | 'union'
  | 'enum'
  | 'typedef'
  | 'func'
  | 'var'
  | 'datasec'
  | 'int'
  | 'float'
  | 'fwd';

/** Bytes of a name that go into its hash: enough to spread real names, a bound on hostile ones. */
const HASHED_BYTES = 64;

/** Finds ids by name: a hash table in two typed arrays, chained in order of id. */
export class NameIndex {
  /** By hash: the first id of a chain, or 0. */
  readonly #heads: Uint32Array;
  /** By id: the next id of the chain, or 0. */
  readonly #next: Uint32Array;
  readonly #table: TypeTable;

  constructor(table: TypeTable) {
    this.#table = table;
    const { count, words, strings } = table;
    const size = 1 << Math.min(22, Math.max(4, Math.ceil(Math.log2(count + 1))));
    const heads = new Uint32Array(size);
    const next = new Uint32Array(count + 1);
    // Last to first, each put at the head of its chain: the chain is then in order of id.
    for (let id = count; id > 0; id--) {
      const nameOffset = words[table.start(id)]!;
      if (nameOffset === 0 || nameOffset >= strings.length) continue;
      const slot = hashOf(strings, nameOffset) & (size - 1);
      next[id] = heads[slot]!;
      heads[slot] = id;
    }
    this.#heads = heads;
    this.#next = next;
  }

  /** Ids of all types of that kind and name, lowest first. */
  *find(kind: NamedKind, name: string): Generator<number> {
    const { words, strings } = this.#table;
    const wanted = nulTerminated(name);
    const slot = hashOf(wanted, 0) & (this.#heads.length - 1);
    for (let id = this.#heads[slot]!; id !== 0; id = this.#next[id]!) {
      const found = this.#table.kind(id);
      if (found !== Kind[kind] && !(kind === 'enum' && found === Kind.enum64)) continue;
      if (startsWith(strings, words[this.#table.start(id)]!, wanted)) yield id;
    }
  }
}

/** FNV-1a over the bytes up to a NUL. */
function hashOf(bytes: Uint8Array, offset: number): number {
  const end = Math.min(bytes.length, offset + HASHED_BYTES);
  let hash = 0x811c9dc5;
  for (let at = offset; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0) break;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  // The low bits of FNV are its weak ones, and they choose the slot.
  return (hash ^ (hash >>> 15)) >>> 0;
}

function nulTerminated(name: string): Uint8Array {
  const bytes = new Uint8Array(name.length + 1);
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i);
  return bytes;
}

function startsWith(bytes: Uint8Array, offset: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[offset + i] !== expected[i]) return false;
  return true;
}
