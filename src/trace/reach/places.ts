import { partitionPoint } from '../../core/partition.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import { type FunctionTable, signed } from '../function-table.js';

/** All that is in a kernel as numbered places: functions by their rows, behind them objects of data, from one symbol to the next. */
export class Places {
  readonly count: number;
  /** How many of these are rows of the table of functions. */
  readonly functions: number;
  /** Link-time addresses (signed) of the image's first byte and behind its last. */
  readonly start: number;
  readonly end: number;
  /** Of data: where each begins. */
  readonly #starts: Float64Array;
  readonly #functions: FunctionTable;
  /** A bit an address of the image: something begins there. */
  readonly #begins: Uint32Array;

  constructor(functions: FunctionTable, symbols: SymbolTable) {
    const high = symbols.space.ranges.filter(({ start }) => signed(start) < 0);
    this.start = Math.min(...high.map(({ start }) => signed(start)));
    this.end = Math.max(...high.map(({ end }) => signed(end)));
    this.#functions = functions;
    this.#begins = new Uint32Array(Math.ceil((this.end - this.start) / 32));
    const starts: number[] = [this.start];
    for (const address of symbols.addresses) {
      const at = signed(address);
      if (at < this.start || at >= this.end) continue;
      this.#mark(at);
      if (at !== starts.at(-1) && functions.at(at) === undefined) starts.push(at);
    }
    this.#starts = Float64Array.from(starts);
    this.functions = functions.columns.name.length;
    this.count = this.functions + starts.length;
  }

  #mark(address: number): void {
    const at = address - this.start;
    this.#begins[at >>> 5]! |= 1 << (at & 31);
  }

  /** Whether a function or object begins at an address of the image. */
  begins(address: number): boolean {
    const at = address - this.start;
    return (this.#begins[at >>> 5]! & (1 << (at & 31))) !== 0;
  }

  has(address: number): boolean {
    return address >= this.start && address < this.end;
  }

  /** The place that an address of the image lies in. */
  at(address: number): number {
    return this.#functions.at(address) ?? this.functions + this.#data(address);
  }

  isCode(address: number): boolean {
    return this.#functions.at(address) !== undefined;
  }

  /** Where the place begins that lies behind an object. */
  endOf(place: number): number {
    return this.#starts[place - this.functions + 1] ?? this.end;
  }

  #data(address: number): number {
    const behind = partitionPoint(this.#starts.length, (i) => this.#starts[i]! <= address);
    return Math.max(0, behind - 1);
  }
}
