import type { Elf } from '../../image/container/elf.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import type { Decoder } from '../../machine/x86/decoder/decoder.js';
import { type FunctionTable, signed } from '../function-table.js';
import { moduleIds } from '../recording.js';
import { type Code, CodeReader, type CodeReferences } from './code-reader.js';
import { codeTables } from './code-tables.js';
import { dataReferences } from './data-references.js';
import { Places } from './places.js';
import { ReachGraph } from './reach-graph.js';
import { type Ending, returning } from './returning.js';
import { skippedData } from './skipped.js';

/** GCC may fold a small negative index into an address, which then lies in front of what it is of. */
const nearEnd = 256;

/** A function that BPF programs may call by its name (BTF_ID, include/linux/btf_ids.h). */
const named = /^__BTF_ID__func__(.+)__\d+$/;

/**
 * What an x86-64 kernel's own code and data lead to: a function to what it calls, jumps to, or falls into, and to all whose address it
 * has; an object of data to all whose address stands in it. An object that nothing refers to by itself (an entry of a linker's table,
 * what is exported to modules) is there from the beginning, as are per-CPU data and the code of alternatives.
 */
export class Reach {
  readonly #places: Places;
  readonly #graph: ReachGraph;
  readonly #reader: CodeReader;
  readonly #roots: number[] = [];
  /** Code behind functions that tests a feature and goes back to whoever jumped there (`_static_cpu_has`). */
  readonly #aux: Code | undefined;

  constructor(
    decoder: Decoder,
    readonly elf: Elf,
    readonly symbols: SymbolTable,
    /** Its columns are used at first only: they go away with a recording that is handed to another thread. */
    readonly functions: FunctionTable,
  ) {
    const { space } = symbols;
    this.#places = new Places(functions, symbols);
    this.#graph = new ReachGraph(this.#places.count);
    this.#reader = new CodeReader(decoder, space.bytes.data);
    this.#aux = this.#section('.altinstr_aux');
    const places = this.#places;
    dataReferences(space, places, skippedData(elf, symbols), (from, to) => {
      if (from === undefined) this.#roots.push(to);
      else this.#graph.add(from, to);
    });
    this.#functions();
    codeTables(symbols, (from, to) => {
      if (places.has(from) && places.has(to)) this.#graph.add(places.at(from), places.at(to));
    });
    this.#replacements();
    this.#named();
    // What nothing refers to by itself is part of a table.
    for (let place = places.functions; place < places.count; place++)
      if (!this.#graph.isNamed(place)) this.#roots.push(place);
  }

  /** Rows of functions that nothing leads to from one with which the kernel is entered. */
  unreachable(entry: number): number[] {
    const code = this.#code(entry);
    const roots = [...this.#roots, entry];
    if (code) roots.push(...this.#entered(code));
    const reached = this.#graph.reached(roots);
    const rows = Array.from({ length: this.#places.functions }, (_, row) => row);
    return rows.filter((row) => row >= moduleIds.length && !reached[row]);
  }

  #section(name: string): Code | undefined {
    const found = this.elf.sections.find((section) => section.name === name);
    if (!found) return undefined;
    const start = signed(found.addr);
    return { start, end: start + found.size, offset: found.offset };
  }

  #code(row: number): Code | undefined {
    if (row < moduleIds.length) return undefined;
    const start = this.functions.start(row);
    const end = this.functions.end(row);
    const offset = this.symbols.space.offsetOf(BigInt.asUintN(64, BigInt(start)));
    const aux = this.#aux;
    const until = aux && start < aux.start && end > aux.start ? aux.start : end;
    return offset === undefined ? undefined : { start, end: until, offset };
  }

  #functions(): void {
    const endings = new Map<number, Ending>();
    for (let row = 0; row < this.#places.functions; row++) {
      const code = this.#code(row);
      if (code) endings.set(row, this.#read(row, code));
    }
    const mayReturn = returning(endings);
    for (const [row, { next, call }] of endings)
      if (next !== null && (call === null || mayReturn(call))) this.#graph.add(row, next);
  }

  #read(row: number, code: Code): Ending {
    const jumps = new Set<number>();
    const places = this.#places;
    const lead = (value: number): void => {
      if (places.has(value)) this.#graph.add(row, places.at(value));
    };
    const jump = (target: number): void => {
      lead(target);
      const to = this.functions.at(target);
      if (to !== undefined && to !== row) jumps.add(to);
    };
    const references: CodeReferences = {
      call: lead,
      jump: (target) => {
        const aux = this.#aux;
        if (!aux || target < aux.start || target >= aux.end) return jump(target);
        const start = { ...aux, start: target, offset: aux.offset + (target - aux.start) };
        this.#reader.read(start, { ...references, jump }, true);
      },
      address: (value, indexed) => {
        lead(value);
        if (!indexed || !places.has(value)) return;
        const object = places.at(value);
        if (object >= places.functions && places.endOf(object) - value <= nearEnd) lead(places.endOf(object));
      },
      guess: (value) => {
        if (this.functions.at(value) === undefined || places.begins(value)) lead(value);
      },
    };
    const { returns, goesOn } = this.#reader.read(code, references);
    const next = goesOn === false ? undefined : this.functions.at(code.end);
    const call = typeof goesOn === 'number' ? this.functions.at(goesOn) : undefined;
    return { returns, jumps: [...jumps], next: next ?? null, call: call ?? null };
  }

  /** Alternatives: code that is patched in anywhere. */
  #replacements(): void {
    const code = this.#section('.altinstr_replacement');
    if (code) this.#reader.guess(code, [0], (value) => this.#exactly(value, this.#roots));
  }

  #named(): void {
    const rows = new Map(this.functions.columns.name.map((name, row) => [name, row]));
    const { symbols } = this;
    for (let i = 0; i < symbols.count; i++) {
      const row = rows.get(named.exec(symbols.name(i))?.[1] ?? '');
      if (row !== undefined) this.#roots.push(row);
    }
  }

  /** What the code of an entry refers to, which may run in 32-bit mode at physical addresses, or take distances from its start. */
  #entered(code: Code): number[] {
    const found: number[] = [];
    const segment = this.elf.segments.find(
      ({ vaddr, memSize }) => signed(vaddr) <= code.start && code.start < signed(vaddr) + Number(memSize),
    );
    const physical = segment ? signed(segment.vaddr - segment.paddr) : 0;
    this.#reader.guess(code, [0, physical, code.start], (value) => this.#exactly(value, found));
    return found;
  }

  #exactly(value: number, found: number[]): void {
    const places = this.#places;
    if (places.has(value) && places.begins(value)) found.push(places.at(value));
  }
}
