import type { OrderedItem } from '../../core/ordered-table.js';
import type { Elf } from '../container/elf.js';
import type { AddressSpace } from '../symbols/address-space.js';
import type { SymbolTable } from '../symbols/symbol-table.js';
import type { InitcallArea } from './initcall-area.js';

/** A table that the linker put together from all files of a kernel, and that the kernel walks at boot. */
export interface LinkerTable {
  readonly id: string;
  readonly title: string;
  /** Where the kernel declares it. */
  readonly source: string;
  /** How its bounds were found: the symbols, the section, or the form it has. */
  readonly foundBy: string;
  /** Link-time addresses of its first byte and of the first byte behind it. */
  readonly start: bigint;
  readonly end: bigint;
  readonly entries: readonly LinkerTableEntry[];
}

export interface LinkerTableEntry {
  /** Where the entry itself stands. */
  readonly place: bigint;
  /** The function or structure it refers to. */
  readonly address: bigint;
  /** Name of that function or structure; hexadecimal where the symbols have none. */
  readonly name: string;
  /** When it is called, where the table has levels. */
  readonly level?: string;
  /** What else the entry says. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** What a table is read from. */
export interface TableContext {
  readonly symbols: SymbolTable;
  readonly space: AddressSpace;
  /** Section headers, where the image is an ELF file. */
  readonly elf?: Elf;
  /** The initcalls found by their form, for kernels whose kallsyms holds functions only. */
  readonly initcallArea: () => InitcallArea | undefined;
}

/** How to read one kind of table; `order` is the order in which a kernel comes to them. */
export interface TableReader extends OrderedItem {
  readonly title: string;
  readonly source: string;
  /** The table, or undefined where this kernel has none. */
  read(context: TableContext): Pick<LinkerTable, 'foundBy' | 'start' | 'end' | 'entries'> | undefined;
}

export interface Bounds {
  readonly start: bigint;
  readonly end: bigint;
  readonly foundBy: string;
}

/** Larger tables are not tables. */
const maxSize = 1n << 18n;

/** A table's bounds, by the symbols around it or by its section. */
export function boundsOf(
  { symbols, elf }: TableContext,
  first: string,
  last: string,
  section?: string,
): Bounds | undefined {
  const start = symbols.find(first);
  const end = symbols.find(last);
  if (start !== undefined && end !== undefined) return sane({ start, end, foundBy: `${first} … ${last}` });
  const found = section && elf?.sections.find(({ name }) => name === section);
  if (!found) return undefined;
  return sane({ start: found.addr, end: found.addr + BigInt(found.size), foundBy: `section ${section}` });
}

function sane(bounds: Bounds): Bounds | undefined {
  return bounds.end >= bounds.start && bounds.end - bounds.start <= maxSize ? bounds : undefined;
}

/** The places in a table of entries of `size` bytes. */
export function* places({ start, end }: Bounds, size: number): Generator<bigint> {
  for (let place = start; place + BigInt(size) <= end; place += BigInt(size)) yield place;
}

/** Name of what stands at an address, functions first; "name+0x10" between symbols. */
export function nameAt(symbols: SymbolTable, address: bigint): string {
  const exact = symbols.exactly(address, 'tTwW') ?? symbols.exactly(address);
  if (exact) return exact.name;
  const place = symbols.at(address);
  return place ? `${place.name}+0x${place.offset.toString(16)}` : `0x${address.toString(16)}`;
}

/** Like `nameAt`, for a pointer that may be NULL: undefined then. */
export function nameOfPointer({ symbols, space }: TableContext, place: bigint): string | undefined {
  const address = space.pointer(place);
  return address ? nameAt(symbols, address) : undefined;
}

/** The string that the pointer at `place` points to. */
export function textOfPointer({ space }: TableContext, place: bigint): string | undefined {
  const address = space.pointer(place);
  return address ? space.text(address) : undefined;
}

/** Only the facts that there are; undefined when there are none. */
export function facts(
  given: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> | undefined {
  const there = Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return there.length > 0 ? Object.fromEntries(there) : undefined;
}

/** A table of pointers, one word each. */
export function pointerEntries(context: TableContext, bounds: Bounds): LinkerTableEntry[] {
  const { space, symbols } = context;
  const entries: LinkerTableEntry[] = [];
  for (const place of places(bounds, space.word)) {
    const address = space.pointer(place);
    if (address === undefined) break;
    entries.push({ place, address, name: nameAt(symbols, address) });
  }
  return entries;
}
