import { latin1 } from '../../core/bytes.js';
import { partitionPoint } from '../../core/partition.js';
import type { AddressSpace } from './address-space.js';
import type { Blob } from './blob.js';

/** Where symbols came from. */
export interface SymbolSource {
  readonly from: 'symtab' | 'kallsyms';
  /** How they were stored, in a few words: "relative to kallsyms_relative_base, per-CPU absolute". */
  readonly form: string;
  /** The arrays or sections they were read from, by name, in file order; offsets in the layer's bytes. */
  readonly blobs: Readonly<Record<string, Blob>>;
}

/** Symbols as columns, in ascending order of address. */
export interface SymbolColumns {
  readonly addresses: BigUint64Array;
  /** Type letters as nm(1) prints them, as character codes: 'T' text, 'd' local data, 'A' absolute, … */
  readonly types: Uint8Array;
  /** All names one after the other, without terminators. */
  readonly text: Uint8Array;
  /** Where each name begins in `text`, and one more: where the last ends. */
  readonly starts: Uint32Array;
}

export interface Symbol {
  /** Position in the table. */
  readonly index: number;
  readonly address: bigint;
  /** Type letter as nm(1) prints it. */
  readonly type: string;
  readonly name: string;
}

/** A place as "name+offset". */
export interface SymbolicPlace {
  readonly index: number;
  readonly name: string;
  /** Distance from the symbol in bytes. */
  readonly offset: number;
}

/** The symbols of a kernel: columns, with strings made only when they are asked for. */
export class SymbolTable {
  readonly addresses: BigUint64Array;
  readonly types: Uint8Array;
  readonly #text: Uint8Array;
  readonly #starts: Uint32Array;
  #string?: string;
  #index?: NameIndex;
  #covered?: readonly { start: bigint; end: bigint }[];

  constructor(
    columns: SymbolColumns,
    /** The addresses the image was linked at, and the bytes there. */
    readonly space: AddressSpace,
    readonly source: SymbolSource,
  ) {
    this.addresses = columns.addresses;
    this.types = columns.types;
    this.#text = columns.text;
    this.#starts = columns.starts;
  }

  get count(): number {
    return this.addresses.length;
  }

  /** Names as bytes, for output without strings. */
  get columns(): SymbolColumns {
    return { addresses: this.addresses, types: this.types, text: this.#text, starts: this.#starts };
  }

  name(index: number): string {
    // One string for all names: its slices share its memory.
    this.#string ??= decode(this.#text);
    return this.#string.slice(this.#starts[index]!, this.#starts[index + 1]!);
  }

  /** The type letter, as nm(1) prints it. */
  type(index: number): string {
    return String.fromCharCode(this.types[index]!);
  }

  symbol(index: number): Symbol {
    return { index, address: this.addresses[index]!, type: this.type(index), name: this.name(index) };
  }

  /** Address of the symbol of that name; of several, the lowest. */
  find(name: string): bigint | undefined {
    const index = this.indexOf(name);
    return index === -1 ? undefined : this.addresses[index];
  }

  /** What `find` finds, for a few names in one pass: without the index that it makes, which costs more. */
  findFew(names: Iterable<string>): Map<string, bigint> {
    /** By length. */
    const wanted: string[][] = [];
    for (const name of names) (wanted[name.length] ??= []).push(name);
    const found = new Map<string, bigint>();
    const starts = this.#starts;
    for (let i = 0; i < this.count; i++) {
      const alike = wanted[starts[i + 1]! - starts[i]!];
      if (alike === undefined) continue;
      for (let k = 0; k < alike.length; k++) {
        const name = alike[k]!;
        if (this.#is(i, name) && !found.has(name)) found.set(name, this.addresses[i]!);
      }
    }
    return found;
  }

  /** Whether that is a symbol's name, which is as long. */
  #is(index: number, name: string): boolean {
    const start = this.#starts[index]!;
    // Backwards: kernels' names differ more in how they end.
    for (let i = name.length - 1; i >= 0; i--) if (this.#text[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  /** Index of the first symbol of that name, or -1. */
  indexOf(name: string): number {
    for (const index of this.#indices(name)) return index;
    return -1;
  }

  /** All symbols of that name, lowest address first: static ones may share a name. */
  findAll(name: string): Symbol[] {
    return Array.from(this.#indices(name), (index) => this.symbol(index));
  }

  *#indices(name: string): Generator<number> {
    this.#index ??= new NameIndex(this.#text, this.#starts);
    yield* this.#index.find(name);
  }

  /**
   * The symbol at or below an address inside the kernel, and the distance to it. Of several at one address it is the
   * first, as in the kernel's own traces.
   */
  at(address: bigint): SymbolicPlace | undefined {
    this.#covered ??= this.#textOnly() ?? this.space.ranges;
    if (!this.#covered.some(({ start, end }) => address >= start && address < end)) return undefined;
    const index = this.#floor(address);
    if (index === -1) return undefined;
    return { index, name: this.name(index), offset: Number(address - this.addresses[index]!) };
  }

  /** The first symbol whose address is exactly this one, with `types` (letters) if given only of those. */
  exactly(address: bigint, types?: string): Symbol | undefined {
    for (const index of this.#aliases(address)) {
      if (!types || types.includes(this.type(index))) return this.symbol(index);
    }
    return undefined;
  }

  /** The symbols whose address is exactly this one, in their order; at most 64. */
  allAt(address: bigint): Symbol[] {
    return Array.from(this.#aliases(address), (index) => this.symbol(index));
  }

  *#aliases(address: bigint): Generator<number> {
    const first = this.#floor(address);
    if (first === -1) return;
    const end = Math.min(this.count, first + maxAliases);
    for (let i = first; i < end && this.addresses[i] === address; i++) yield i;
  }

  /** All symbols, lowest address first. */
  *entries(): Generator<Symbol> {
    for (let i = 0; i < this.count; i++) yield this.symbol(i);
  }

  /** Without CONFIG_KALLSYMS_ALL there are symbols for code only: then data must not look like the end of code. */
  #textOnly(): { start: bigint; end: bigint }[] | undefined {
    if (this.types.some((type) => !textTypes.has(type))) return undefined;
    const bounds = [
      ['_stext', '_etext'],
      ['_sinittext', '_einittext'],
    ].map(([first, last]) => ({ start: this.find(first!), end: this.find(last!) }));
    const known = bounds.filter((bound): bound is { start: bigint; end: bigint } =>
      Object.values(bound).every((address) => address !== undefined),
    );
    return known.length > 0 ? known : undefined;
  }

  /** The first index whose address is the highest one not above `address`, or -1. */
  #floor(address: bigint): number {
    const last = lowerBound(this.addresses, address + 1n) - 1;
    return last === -1 ? -1 : lowerBound(this.addresses, this.addresses[last]!);
  }
}

/** Symbols at one address that are looked at; real kernels have a dozen at most. */
const maxAliases = 64;

const textTypes = new Set(Array.from('tTwW', (letter) => letter.charCodeAt(0)));

/** The first index whose address is not below `address`. */
function lowerBound(addresses: BigUint64Array, address: bigint): number {
  return partitionPoint(addresses.length, (i) => addresses[i]! < address);
}

/** A hash table with chains over names that stay bytes. */
class NameIndex {
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #text: Uint8Array;
  readonly #starts: Uint32Array;

  constructor(text: Uint8Array, starts: Uint32Array) {
    const count = starts.length - 1;
    this.#text = text;
    this.#starts = starts;
    this.#heads = new Int32Array(2 ** Math.ceil(Math.log2(count + 1)) * 2).fill(-1);
    this.#next = new Int32Array(count);
    const mask = this.#heads.length - 1;
    // Backwards, so that each chain begins with the lowest address.
    for (let i = count - 1; i >= 0; i--) {
      let hash = fnvOffset;
      for (let at = starts[i]!; at < starts[i + 1]!; at++) hash = Math.imul(hash ^ text[at]!, fnvPrime);
      const bucket = hash & mask;
      this.#next[i] = this.#heads[bucket]!;
      this.#heads[bucket] = i;
    }
  }

  *find(name: string): Generator<number> {
    let hash = fnvOffset;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), fnvPrime);
    const bucket = hash & (this.#heads.length - 1);
    for (let i = this.#heads[bucket]!; i !== -1; i = this.#next[i]!) if (this.#is(i, name)) yield i;
  }

  #is(index: number, name: string): boolean {
    const start = this.#starts[index]!;
    if (this.#starts[index + 1]! - start !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (this.#text[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }
}

/** FNV-1a, 32 bits. */
const fnvOffset = 0x811c9dc5 | 0;
const fnvPrime = 0x01000193;

/** Latin-1: one character a byte, so that positions stay the same. */
function decode(text: Uint8Array): string {
  const ascii = new TextDecoder().decode(text);
  // Shorter or replaced where bytes were not ASCII.
  return ascii.length === text.length && !ascii.includes('\ufffd') ? ascii : latin1(text);
}
