import { FLAG } from '../abi/x86/flags.js';
import { decodeAt, longestInstruction } from '../autopsy/decode.js';
import { type FlightRecorder, peekUpTo } from '../autopsy/flight-recorder.js';
import type { Machine } from '../machine/machine.js';
import { Sameness } from './sameness.js';

/** How long a boot may go without progress, in retired instructions; time that the processor idles does not count. */
export interface Patience {
  /** Default 3 G: nothing that a kernel computes in known code without a trace is that long. */
  readonly usual?: number;
  /** After a panic, default 50 M: enough for its last words. */
  readonly panicked?: number;
  /** Whether the kernel has panicked, where that is known better than by what it said. */
  readonly hasPanicked?: () => boolean;
}

const panicText = 'Kernel panic - not syncing';
/** Memory is looked at when this share of the patience is used up, and then after this many instructions each time. */
const suspicion = 1 / 4;
const lookEvery = 100e6;
/** A loop that waits writes to a handful of pages: stacks, counters, per-CPU data. Work goes on to ever new ones. */
const fewPages = 8;

/**
 * Notices that a boot goes round in circles. Progress is code that runs for the first time, output on the console, or
 * memory that was not written before: a decompressor is a few blocks for billions of instructions, but fills page after
 * page. Where all that stays away for long, only a boot that is in the same states again and again is stuck; one that
 * computes is not. Counts instructions only, so it says the same every time.
 */
export class StuckWatch {
  readonly #usual: number;
  readonly #panicked: number;
  #progress = 0;
  #heard = 0;
  readonly #knownPanic: (() => boolean) | undefined;
  #saidPanic = false;
  #sameness: Sameness | undefined;
  #memory?: WrittenPages;
  #nextLook = 0;

  constructor(
    readonly machine: Machine,
    readonly recorder: FlightRecorder,
    patience: Patience = {},
  ) {
    this.#usual = patience.usual ?? 3e9;
    this.#panicked = patience.panicked ?? 50e6;
    this.#knownPanic = patience.hasPanicked;
  }

  /** How long the next slice is to be, in instructions, where closer looks are needed than usually. */
  get step(): number | undefined {
    return this.#sameness?.step;
  }

  /** To be asked between slices of a run. `console` is all that was printed so far. */
  isStuck(console: string): boolean {
    const { machine, recorder } = this;
    const now = machine.instructions;
    this.#listen(console, now);
    if (recorder.lastFirstRun > this.#progress) this.#advance(recorder.lastFirstRun);
    const quiet = now - this.#progress;
    // Whoever idles waits for an interrupt, and virtual time passes quickly then.
    if (quiet <= 0 || machine.cpu.halted) return false;
    recorder.sample();
    if (spinsForever(machine)) return true;
    if (this.#knownPanic?.() ?? this.#saidPanic) return quiet >= this.#panicked;
    if (this.#sameness) return this.#look(this.#sameness);
    if (quiet >= this.#usual * suspicion && now >= this.#nextLook) {
      this.#nextLook = now + Math.min(lookEvery, this.#usual * suspicion);
      this.#memory ??= new WrittenPages(machine);
      if (this.#memory.more() > fewPages) this.#progress = now;
    }
    if (now - this.#progress >= this.#usual) this.#sameness = new Sameness(machine);
    return false;
  }

  #look(sameness: Sameness): boolean {
    const isWaiting = sameness.look();
    if (isWaiting === false) this.#advance(this.machine.instructions);
    return isWaiting === true;
  }

  #listen(console: string, now: number): void {
    if (console.length === this.#heard) return;
    this.#saidPanic ||= console.includes(panicText, Math.max(0, this.#heard - panicText.length));
    this.#heard = console.length;
    this.#advance(now);
  }

  /** Something happened that makes all suspicion moot. */
  #advance(to: number): void {
    this.#progress = to;
    this.recorder.samples.length = 0;
    this.#memory = undefined;
    this.#sameness = undefined;
    this.#nextLook = 0;
  }
}

const longestSpin = 8;

/** A few jumps and no-ops that lead back to themselves with interrupts off: nothing can ever end that. */
function spinsForever(machine: Machine): boolean {
  const { cpu } = machine;
  if (cpu.systemFlags & FLAG.IF) return false;
  const seen = new Set<bigint>();
  let pc = cpu.rip;
  for (let i = 0; i < longestSpin; i++) {
    if (seen.has(pc)) return true;
    seen.add(pc);
    const bytes = peekUpTo(cpu, pc, longestInstruction);
    const instruction = decodeAt(machine, bytes, pc, cpu.codeBits);
    if (!instruction) return false;
    const { description, operands, next } = instruction;
    const target = operands[0];
    if (description.name === 'jmp' && target?.kind === 'relative') pc = target.value;
    else if (description.name === 'nop') pc = next;
    else return false;
  }
  return false;
}

/** Which pages of RAM were written, judged by two words of each. */
class WrittenPages {
  readonly #words: Uint32Array;
  readonly #written: Uint8Array;

  constructor(readonly machine: Machine) {
    const pages = machine.memory.ramSize >>> 12;
    this.#words = new Uint32Array(pages);
    this.#written = new Uint8Array(pages);
    for (let page = 0; page < pages; page++) this.#words[page] = this.#word(page);
  }

  #word(page: number): number {
    const { guestWords } = this.machine.memory;
    const at = page * 1024;
    return (Math.imul(guestWords[at + 5]!, 31) + guestWords[at + 517]!) >>> 0;
  }

  /** Pages that were written for the first time since this was made. */
  more(): number {
    let found = 0;
    for (let page = 0; page < this.#words.length; page++) {
      if (this.#written[page] || this.#word(page) === this.#words[page]) continue;
      this.#written[page] = 1;
      found++;
    }
    return found;
  }
}
