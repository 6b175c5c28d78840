import type { KernelPlace } from '../../autopsy/kernel-place.js';
import { littleEndian } from '../../core/bytes.js';
import { didYouMean } from '../../core/similar.js';
import type { Btf } from '../../image/btf/btf.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import { keptVariables } from '../states/kept.js';
import { opTables, typeVariables } from '../states/op-tables.js';
import type { PlaceExpression } from './expression.js';

/** Variables whose types are known without the image's BTF, which says at most those of per-CPU variables. */
const known: readonly { readonly symbol: string; readonly struct: string }[] = [
  ...opTables,
  ...keptVariables,
];

/** Why something cannot be told, in a sentence's end. */
export class NotKnown extends Error {}

/** What lies at a place; `size` 0 where its type is not known. */
export interface Field {
  readonly address: bigint;
  readonly size: number;
  /** Bits of it, where it is a part of its unit. */
  readonly bits?: { readonly first: number; readonly count: number };
}

/** What expressions ask of memory. All but `nameAt` throw NotKnown. */
export interface ProbedMemory {
  isCode(name: string): boolean;
  field(place: PlaceExpression): Field;
  address(place: PlaceExpression): bigint;
  read(address: bigint, size: number): Uint8Array;
  number(address: bigint, size: number): bigint;
  nameAt(value: bigint): string | undefined;
}

/** A kernel's memory by its symbols and types, where it lies now. */
export class KernelMemory implements ProbedMemory {
  constructor(
    private readonly place: KernelPlace,
    private readonly symbols: SymbolTable,
    private readonly btf: Btf | undefined,
    /** What is added to per-CPU addresses. */
    private readonly perCpuBase: bigint,
  ) {}

  /** Whether a symbol is code, which stands for its address. */
  isCode(name: string): boolean {
    return /[tTwW]/.test(this.symbols.type(this.#index(name)));
  }

  /** Where a place is now. Throws NotKnown. */
  field({ symbol, perCpu, type, path }: PlaceExpression): Field {
    const linked = this.symbols.addresses[this.#index(symbol)]!;
    const start = perCpu ? this.#perCpu(linked) : this.#now(linked);
    const typed = this.#typed(symbol, type);
    if (typed === undefined) {
      if (path === '') return { address: start, size: 0 };
      throw new NotKnown(
        `the type of '${symbol}' is not among those of the image (BTF): say it, as(${symbol}, NAME)${path.startsWith('[') ? '' : '.'}${path}, or read it by its size, u32(${symbol} + OFFSET)`,
      );
    }
    if (path === '') return { address: start, size: this.#scalarSize(typed) };
    const field = this.btf!.field(typed, path);
    if (!field) throw new NotKnown(`${this.btf!.declare(typed)} has no '${path}'`);
    const { offset, size, bitOffset, bitSize } = field;
    const address = start + BigInt(offset);
    if (bitSize !== undefined) return { address, size, bits: { first: bitOffset ?? 0, count: bitSize } };
    return { address, size: this.#scalarSize(field.typeId) };
  }

  /** The address of a place while the kernel runs. Throws NotKnown where KASLR has moved it and that was not yet seen. */
  address(place: PlaceExpression): bigint {
    const { address } = this.field(place);
    if (this.place.isSlideSeen) return BigInt.asUintN(64, address);
    throw new NotKnown(
      `the kernel does not run yet where it was linked, and where '${place.symbol}' will be is not known`,
    );
  }

  /** Bytes at an address of the running kernel. Throws NotKnown. */
  read(address: bigint, size: number): Uint8Array {
    const wrapped = BigInt.asUintN(this.symbols.space.word * 8, address);
    const bytes = this.place.read(wrapped, size);
    if (!bytes) throw new NotKnown(`nothing is mapped at 0x${wrapped.toString(16)}`);
    return bytes;
  }

  number(address: bigint, size: number): bigint {
    return littleEndian(this.read(address, size));
  }

  /** The symbol of a function or variable that begins at an address. */
  nameAt(value: bigint): string | undefined {
    if (!this.place.isSlideSeen) return undefined;
    const linked = BigInt.asUintN(this.symbols.space.word * 8, value - this.place.slide);
    if (linked < this.place.start || linked >= this.place.end) return undefined;
    return (this.symbols.exactly(linked, 'tTwW') ?? this.symbols.exactly(linked))?.name;
  }

  #index(name: string): number {
    const index = this.symbols.indexOf(name);
    if (index !== -1) return index;
    const guess = didYouMean(name, names(this.symbols));
    throw new NotKnown(`the image has no symbol '${name}'${guess ? `: ${guess}` : ''}`);
  }

  #now(linked: bigint): bigint {
    const { start, end, slide } = this.place;
    return linked >= start && linked <= end ? linked + slide : linked;
  }

  /**
   * Per-CPU symbols are linked at 0, or from 6.15 on in the image like others, and the base does the rest. Before the kernel has set
   * the base, its first processor has what the image brings (arch/x86/kernel/vmlinux.lds.S, head_64.S, setup_percpu.c).
   */
  #perCpu(linked: bigint): bigint {
    const { start, end } = this.place;
    const inImage = linked >= start && linked < end;
    const isSet = this.perCpuBase >> 63n === 1n;
    if (inImage || isSet) return this.#now(linked) + this.perCpuBase;
    const load = this.symbols.find('__per_cpu_load');
    if (load === undefined) throw new NotKnown('the image has no symbol __per_cpu_load');
    return this.#now(load) + linked - (this.symbols.find('__per_cpu_start') ?? 0n);
  }

  /** Id of a symbol's type: as it is said, as the image has it, or that of the structure of the same name. */
  #typed(symbol: string, said: string | undefined): number | undefined {
    const { btf } = this;
    if (!btf) {
      if (said !== undefined) throw new NotKnown('the image has no types (BTF)');
      return undefined;
    }
    if (said !== undefined) {
      const id = composite(btf, said);
      if (id === undefined) throw new NotKnown(`the image has no type '${said}'`);
      return id;
    }
    const variable = btf.variable(symbol)?.typeId;
    if (variable !== undefined) return variable;
    const enumeration = typeVariables.find((each) => each.symbol === symbol)?.enumeration;
    if (enumeration !== undefined) return btf.find('enum', enumeration);
    return composite(btf, known.find((each) => each.symbol === symbol)?.struct ?? symbol);
  }

  /** Of what a number can be read from; 0 of anything else. */
  #scalarSize(type: number): number {
    const btf = this.btf!;
    const kind = btf.kind(btf.strip(type));
    return kind === 'struct' || kind === 'union' || kind === 'array' ? 0 : btf.sizeOf(type);
  }
}

function composite(btf: Btf, text: string): number | undefined {
  return btf.layout(text)?.id;
}

function* names(symbols: SymbolTable): Generator<string> {
  for (const { name } of symbols.entries()) yield name;
}
