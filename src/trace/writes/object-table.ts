import { partitionPoint } from '../../core/partition.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import { signed } from '../function-table.js';
import { objectSections } from './row.js';

/** Letters of symbols of code, as nm has them, and of what is no address. */
const noData = new Set(Array.from('tTwWaAUnN', (letter) => letter.charCodeAt(0)));
/** Marks of the linker script, which name no object: include/asm-generic/vmlinux.lds.h. */
const isMark = (name: string): boolean =>
  /^(_+(start|stop|begin|end|bss|init|nosave|per_cpu|brk)_|_+[se](data|bss|rodata|init|brk)|__.*_(start|stop|begin|end)$|_end$)/.test(
    name,
  );
/** What everything writes: the first task's stack, under both of its names. */
const stacks: readonly string[] = ['init_stack', 'init_thread_union'];

/** The linker's marks about each section; behind the last lies the .brk, of page tables. */
const bounds = [
  ['read-only', '__start_rodata', '__end_rodata'],
  ['data', '_sdata', '_edata'],
  ['init', '__init_begin', '__init_end'],
  ['bss', '__bss_start', '__bss_stop'],
] as const;

interface Section {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** Objects of a kernel's data, by link-time address (signed). None where its symbols are of code alone. */
export class ObjectTable {
  readonly names: readonly string[];
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly #sections: readonly Section[];

  constructor(symbols: SymbolTable) {
    this.#sections = sectionsOf(symbols);
    const found = this.#sections.length === bounds.length ? this.#find(symbols) : [];
    this.names = found.map(({ name }) => name);
    this.starts = Float64Array.from(found, ({ start }) => start);
    this.ends = Float64Array.from(found, ({ end }) => end);
  }

  #find(symbols: SymbolTable): { name: string; start: number; end: number }[] {
    const { addresses, types } = symbols.columns;
    const from = Math.min(...this.#sections.map(({ start }) => start));
    const to = Math.max(...this.#sections.map(({ end }) => end));
    const found: { name: string; start: number; end: number }[] = [];
    for (let i = 0, next = 0; i < symbols.count; i = next) {
      const names: string[] = [];
      for (next = i; next < symbols.count && addresses[next] === addresses[i]; next++)
        if (!noData.has(types[next]!) && !isMark(symbols.name(next))) names.push(symbols.name(next));
      const start = signed(addresses[i]!);
      const end = next < symbols.count ? Math.min(to, signed(addresses[next]!)) : to;
      const isOne = names.length > 0 && !names.some((name) => stacks.includes(name));
      if (isOne && start >= from && start < to) found.push({ name: names[0]!, start, end });
    }
    return found;
  }

  /** The object behind another one, if it begins before an address; else -1. */
  next(object: number, end: number): number {
    const start = this.starts[object + 1];
    return start !== undefined && start < end ? object + 1 : -1;
  }

  /** The object that an address lies in; -1 outside. */
  at(address: number): number {
    const object = partitionPoint(this.starts.length, (i) => this.starts[i]! <= address) - 1;
    return object >= 0 && address < this.ends[object]! ? object : -1;
  }

  /** Index in `objectSections`. */
  section(object: number): number {
    const start = this.starts[object]!;
    const found = this.#sections.find((each) => start >= each.start && start < each.end);
    return found?.id ?? objectSections.indexOf('other');
  }
}

function sectionsOf(symbols: SymbolTable): Section[] {
  const marks = symbols.findFew(bounds.flatMap(([, first, last]) => [first, last]));
  return bounds.flatMap(([name, first, last]) => {
    const start = marks.get(first);
    const end = marks.get(last);
    if (start === undefined || end === undefined) return [];
    return [{ id: objectSections.indexOf(name), start: signed(start), end: signed(end) }];
  });
}
