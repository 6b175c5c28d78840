import { partitionPoint } from '../core/partition.js';
import type { SymbolTable } from '../image/symbols/symbol-table.js';
import { type FunctionColumns, moduleIds, sections } from './recording.js';

/**
 * Marks of linker scripts and assembly, places between functions where one often begins, too (x86's vmlinux.lds.S); and the
 * padding in front of functions (`__pfx_`, CONFIG_CALL_PADDING).
 */
const isMark = (name: string): boolean =>
  /^(__pfx_.*|_[se]?text|_[se]inittext|__(init|.*(text|thunk)|relocate_(new_)?kernel)_(start|begin|end))$/.test(
    name,
  );

/** A symbol of code, by nm's letter. */
const codeTypes = new Set(Array.from('tTwW', (letter) => letter.charCodeAt(0)));

/** Kernels are moved by multiples of this (of more on x86-64); functions are smaller. */
export const step = 0x100000;

/** Rows of whole modules come first, in the order of `moduleIds`. */
const wholes = moduleIds.length;

/** The functions of a kernel, by address. */
export class FunctionTable {
  readonly columns: FunctionColumns;
  /** Link-time addresses as signed numbers, which are exact for a kernel's; rows of functions alone. */
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  /** Low halves of the addresses of all rows. */
  readonly #lows: Int32Array;

  constructor(symbols: SymbolTable | undefined) {
    const found = symbols ? functionsOf(symbols) : [];
    const initBounds = boundsOf(symbols, '_sinittext', '_einittext');
    const count = wholes + found.length;
    const columns = {
      module: new Uint8Array(count),
      name: [...moduleIds.map((id) => `(${id})`), ...found.map(({ name }) => name)],
      aliases: [...moduleIds.map(() => []), ...found.map(({ aliases }) => aliases)],
      address: new BigUint64Array(count),
      size: new Uint32Array(count),
      section: new Uint8Array(count).fill(sections.indexOf('whole'), 0, wholes),
    };
    for (let i = 0; i < wholes; i++) columns.module[i] = i;
    for (const [i, { start, end }] of found.entries()) {
      columns.address[wholes + i] = start;
      columns.size[wholes + i] = Number(end - start);
      columns.section[wholes + i] = sections.indexOf(sectionOf(start, initBounds));
    }
    this.columns = columns;
    this.#lows = Int32Array.from(columns.address, (address) => Number(BigInt.asIntN(32, address)));
    this.#starts = Float64Array.from(found, ({ start }) => signed(start));
    this.#ends = Float64Array.from(found, ({ end }) => signed(end));
  }

  /** The row that stands for all code of a module. */
  whole(module: (typeof moduleIds)[number]): number {
    return moduleIds.indexOf(module);
  }

  /** Row of the function that a link-time address (signed) lies in; undefined between functions. */
  at(address: number): number | undefined {
    const behind = this.#behind(address);
    return behind > 0 && address < this.#ends[behind - 1]! ? wholes + behind - 1 : undefined;
  }

  /** Index of the first function that starts behind an address. */
  #behind(address: number): number {
    return partitionPoint(this.#starts.length, (i) => this.#starts[i]! <= address);
  }

  /** Where the first function behind a link-time address (signed) starts; infinite behind the last. */
  after(address: number): number {
    return this.#starts[this.#behind(address)] ?? Number.POSITIVE_INFINITY;
  }

  /** Row of the function with a name; the first of several. */
  find(name: string): number | undefined {
    const row = this.columns.name.indexOf(name, wholes);
    return row === -1 ? undefined : row;
  }

  /** Whether an address lies in a function, both wherever they were moved to; `address`: the low half of it. */
  holds(row: number, address: number): boolean {
    return ((address - this.#lows[row]!) & (step - 1)) < this.columns.size[row]!;
  }

  /** Offset of such an address in a function; -1 outside. */
  offsetOf(row: number, address: number): number {
    return this.holds(row, address) ? (address - this.#lows[row]!) & (step - 1) : -1;
  }

  start(row: number): number {
    return this.#starts[row - wholes]!;
  }

  end(row: number): number {
    return this.#ends[row - wholes]!;
  }
}

/** An address as a number: a kernel's lie within 2⁵³ of 0 when taken as signed. */
export function signed(address: bigint): number {
  return Number(BigInt.asIntN(64, address));
}

interface Found {
  readonly start: bigint;
  readonly end: bigint;
  readonly name: string;
  readonly aliases: string[];
}

function functionsOf(symbols: SymbolTable): Found[] {
  const { addresses, types } = symbols.columns;
  const { space, count } = symbols;
  const found: Found[] = [];
  for (let i = 0, next = 0; i < count; i = next) {
    const start = addresses[i]!;
    const names: string[] = [];
    for (next = i; next < count && addresses[next] === start; next++) {
      if (codeTypes.has(types[next]!) && !isMark(symbols.name(next))) names.push(symbols.name(next));
    }
    const [name, ...aliases] = plainFirst(names);
    const range = name === undefined ? undefined : space.rangeOf(start);
    if (name === undefined || !range) continue;
    // Padding counts with what it follows.
    let after = next;
    while (after < count && symbols.name(after).startsWith('__pfx_')) after++;
    const end = after < count && addresses[after]! < range.end ? addresses[after]! : range.end;
    found.push({ start, end, name, aliases });
  }
  return found;
}

/** Names of one function; `__pi_f` is what start-up code calls `f` (SYM_PIC_ALIAS, arch/x86/include/asm/linkage.h). */
function plainFirst(names: readonly string[]): readonly string[] {
  const isAlias = (name: string): boolean => name.startsWith('__pi_') && names.includes(name.slice(5));
  return [...names.filter((name) => !isAlias(name)), ...names.filter(isAlias)];
}

interface Bounds {
  readonly start: bigint;
  readonly end: bigint;
}

function boundsOf(symbols: SymbolTable | undefined, first: string, last: string): Bounds | undefined {
  const found = symbols?.findFew([first, last]);
  const start = found?.get(first);
  const end = found?.get(last);
  return start !== undefined && end !== undefined ? { start, end } : undefined;
}

/** Init text is freed at the end of a boot; behind it in memory lies what modules would run when unloaded. */
function sectionOf(address: bigint, init: Bounds | undefined): 'text' | 'init' | 'exit' {
  if (!init || address < init.start) return 'text';
  return address < init.end ? 'init' : 'exit';
}
