import type { Signature } from '../../wasm/code.js';
import type { ModuleBuilder } from '../../wasm/module.js';

/** Functions that generated code imports from TypeScript, by name. */
export type Border = Readonly<Record<string, Signature>>;

/** Of an instruction set that imports nothing of its own. */
export type NoBorder = Readonly<Record<never, Signature>>;

interface HostTypes {
  readonly i32: number;
  readonly i64: bigint;
  readonly f32: number;
  readonly f64: number;
}

type HostType<T> = T extends keyof HostTypes ? HostTypes[T] : never;

type HostArguments<P extends readonly unknown[]> = { -readonly [N in keyof P]: HostType<P[N]> };

type HostFunction<S extends Signature> = (
  ...given: HostArguments<S['params']>
) => S extends { readonly result: infer R } ? HostType<R> : void;

/** The TypeScript side of a border. */
export type Imports<B extends Border> = { readonly [Name in keyof B]: HostFunction<B[Name]> };

/**
 * The border between generated code and TypeScript: imports are declared from it, `Library` holds their numbers, and what
 * is handed in is checked against it. `rec` is the address of the running record; places are addresses in linear memory.
 */
export const border = {
  /**
   * (rec, page, offset, bytes) → where they can be read; throws a fault. A copy in scratch memory for MMIO and accesses
   * that cross pages.
   */
  translateRead: { params: ['i32', 'f64', 'i32', 'i32'], result: 'i32' },
  /** The same for writing; the result may be in scratch memory, then `finishWrite` must follow. */
  translateWrite: { params: ['i32', 'f64', 'i32', 'i32'], result: 'i32' },
  /** The same for reading then writing. */
  translateModify: { params: ['i32', 'f64', 'i32', 'i32'], result: 'i32' },
  /** Carries out the write that was staged in scratch memory. */
  finishWrite: { params: [] },
  /** (rec, number): raises an exception of the instruction set's. */
  raise: { params: ['i32', 'i32'] },
  /** (link) → block at its pc; fills the link. */
  fillLink: { params: ['i32'], result: 'i32' },
  /** (page, offset) → block at a linear address. */
  lookup: { params: ['f64', 'i32'], result: 'i32' },
  /** (rec) → the next record, or 0: runs a system instruction. */
  system: { params: ['i32'], result: 'i32' },
  /** (rec) → 0: the record's block was invalidated, or was made to leave: sets the pc to it. */
  refetch: { params: ['i32'], result: 'i32' },
  /** (rec, number): does what a handler leaves to TypeScript. */
  slow: { params: ['i32', 'i32'] },
  /** (block): its heat has run out. */
  hot: { params: ['i32'] },
} as const satisfies Border;

/** By size in bits. */
export type BySize = Readonly<Record<8 | 16 | 32 | 64, number>>;

/**
 * Functions that handlers call, as numbers in the function index space of the generated module: those of the border, of
 * the instruction set's own, and some that the module has itself.
 */
export type Library<Own extends Border = NoBorder> = Readonly<Record<keyof typeof border, number>> &
  Readonly<Record<keyof Own, number>> & {
    /** (rec, address i64) → i64, zero-extended. */
    readonly slowLoad: BySize;
    /** (rec, address i64, value i64). */
    readonly slowStore: BySize;
    /** (link i32) → i32 next record: follows a direct link, or fills it. */
    readonly follow: number;
    /** (pc i64) → i32 next record. */
    readonly jump: number;
  };

/** Declares the functions of a border as imports of a module; their numbers by name. */
export function declareImports<B extends Border>(
  module: ModuleBuilder,
  functions: B,
): Readonly<Record<keyof B, number>> {
  const numbers = Object.entries(functions).map(([name, signature]) => [
    name,
    module.importFunction('machine', name, signature),
  ]);
  return Object.fromEntries(numbers) as Record<keyof B, number>;
}
