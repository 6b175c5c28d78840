import type { Outside } from './outside.js';
import type { Vendor } from './vendor.js';

/** PerfEvtSel and IA32_PERFEVTSEL (AMD APM vol. 2, §13.2.1; Intel SDM vol. 3, figure 20-1). */
const select = {
  EVENT: 0xff,
  UNIT_MASK: 0xff00,
  USR: 1 << 16,
  OS: 1 << 17,
  EDGE: 1 << 18,
  INT: 1 << 20,
  EN: 1 << 22,
  INV: 1 << 23,
  COUNTER_MASK: 0xff << 24,
} as const;

/** What is counted: an instruction takes one cycle here, and a halted processor has none. */
const RETIRED_INSTRUCTIONS = 0xc0;
const CYCLES_NOT_HALTED: Readonly<Record<Vendor, number>> = { amd: 0x76, intel: 0x3c };
/** The same of the P6, up to Intel's model 13. */
const P6_CLOCKS_NOT_HALTED = 0x79;
const LAST_P6_MODEL = 13;

const WRAP = 2 ** 48;

/** Where the registers of a vendor's counters begin. */
const first: Readonly<Record<Vendor, { readonly selects: number; readonly counters: number }>> = {
  amd: { selects: 0xc0010000, counters: 0xc0010004 },
  intel: { selects: 0x186, counters: 0xc1 },
};

/** How many there are. */
const counters = 4;

/** What they ask of their processor. */
interface Context {
  readonly vendor: Vendor;
  readonly msr: Map<number, bigint>;
  readonly now: number;
  readonly idle: number;
  readonly outside: Outside;
  cutBudget(until: number): void;
}

/**
 * Performance counters that count cycles or instructions, at all levels, as watchdogs have them; with any other event, level or
 * condition they idle. While one counts, its register holds what it would have had before the first instruction.
 */
export class PerformanceCounters {
  /** Count of cycles at which each wraps and interrupts; Infinity: never. @unsaved follows from the registers */
  readonly #due: number[] = new Array(counters).fill(Number.POSITIVE_INFINITY);
  /** The soonest of them. @unsaved the same */
  #next = Number.POSITIVE_INFINITY;

  constructor(readonly cpu: Context) {}

  /** Cycles so far. */
  get #cycles(): number {
    return this.cpu.now - this.cpu.idle;
  }

  #counterIndex(n: number): number {
    return first[this.cpu.vendor].counters + n;
  }

  #selected(n: number): number {
    return Number((this.cpu.msr.get(first[this.cpu.vendor].selects + n) ?? 0n) & 0xffffffffn);
  }

  #counts(n: number): boolean {
    const bits = this.#selected(n);
    const { EN, USR, OS, EDGE, INV, COUNTER_MASK, EVENT, UNIT_MASK } = select;
    if ((bits & (EN | USR | OS)) !== (EN | USR | OS) || bits & (EDGE | INV | COUNTER_MASK)) return false;
    const event = bits & EVENT;
    const { vendor, outside } = this.cpu;
    // AMD's have no unit mask.
    if (vendor === 'intel' && bits & UNIT_MASK) return false;
    if (event === RETIRED_INSTRUCTIONS || event === CYCLES_NOT_HALTED[vendor]) return true;
    const { eax } = outside.cpuid(1, 0);
    const model = ((eax >> 12) & 0xf0) | ((eax >> 4) & 15);
    return vendor === 'intel' && event === P6_CLOCKS_NOT_HALTED && model <= LAST_P6_MODEL;
  }

  read(n: number): bigint {
    const kept = this.cpu.msr.get(this.#counterIndex(n)) ?? 0n;
    return this.#counts(n) ? BigInt.asUintN(48, kept + BigInt(this.#cycles)) : kept;
  }

  write(n: number, value: bigint): void {
    const kept = this.#counts(n) ? value - BigInt(this.#cycles) : value;
    this.cpu.msr.set(this.#counterIndex(n), BigInt.asUintN(48, kept));
    this.#arm(n);
  }

  writeSelect(n: number, value: bigint): void {
    const count = this.read(n);
    this.cpu.msr.set(first[this.cpu.vendor].selects + n, value);
    // A counter that never was written stays one that was not.
    if (count !== 0n || this.#counts(n) || this.cpu.msr.has(this.#counterIndex(n))) this.write(n, count);
  }

  #arm(n: number): void {
    const interrupts = this.#counts(n) && this.#selected(n) & select.INT;
    this.#due[n] = interrupts ? this.#cycles + WRAP - Number(this.read(n)) : Number.POSITIVE_INFINITY;
    this.#next = Math.min(...this.#due);
    this.cpu.cutBudget(this.dueAt);
  }

  /** Count of instructions, as `cpu.now`, at which the next one interrupts if the processor does not halt before; or Infinity. */
  get dueAt(): number {
    return this.#next + this.cpu.idle;
  }

  /** Interrupts when any has wrapped by now, which goes on from 0; whether it did. */
  takeOverflow(): boolean {
    const cycles = this.#cycles;
    if (cycles < this.#next) return false;
    for (let n = 0; n < counters; n++) if (this.#due[n]! <= cycles) this.#due[n] = this.#due[n]! + WRAP;
    this.#next = Math.min(...this.#due);
    this.cpu.outside.counterOverflowed?.(this.cpu.vendor === 'intel');
    return true;
  }
}
