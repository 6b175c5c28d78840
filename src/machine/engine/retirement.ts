import type { PhysicalMemory } from '../memory.js';
import { attention, words } from './layout.js';
import { block as header, pseudo, record } from './record.js';

/**
 * Counts the instructions that have retired: a block is charged whole when it is entered, and what did not run of it is given
 * back. @unsaved `now` is put by the processor; the rest is of the current run
 */
export class Retirement {
  /** Instructions retired before the current stretch; see `now`. */
  retired = 0;
  /** How much of that was not executed but skipped. */
  skipped = 0;
  #budget = 0;
  /** Where the current run ends. */
  #until = 0;
  /** Record of the instruction being executed by TypeScript; 0: none. */
  record = 0;
  /** Called before the running stretch is cut: its end is another one then. */
  onCut: () => void = () => {};
  /** Records that were made to leave generated code, and what stood there. */
  readonly #breaks = new Map<number, { handler: number; hot: number }>();

  constructor(
    readonly memory: PhysicalMemory,
    /** Called with the count at which the running stretch ends: less `words.remaining`, it is the current one. */
    readonly onEnd: (end: number) => void,
  ) {}

  #get32(at: number): number {
    return this.memory.i32[at >> 2]!;
  }
  #set32(at: number, value: number): void {
    this.memory.i32[at >> 2] = value;
  }

  /** Instructions retired so far: exact between instructions and inside system instructions. */
  get now(): number {
    const charged = this.retired + this.#budget - this.#get32(words.remaining);
    if (this.record === 0) return charged;
    return charged - this.#unretired(this.record);
  }

  /** Linear address of the instruction that TypeScript is executing or that accesses memory, signed; undefined between instructions. */
  get running(): bigint | undefined {
    const { record: rec, memory } = this;
    if (rec === 0) return undefined;
    const block = rec - (memory.u8[rec + record.place]! & 63) * record.size - header.size;
    const distance = memory.u16[(rec + record.distance) >> 1]! & 0x3ff;
    return memory.view.getBigInt64(block + header.pc, true) + BigInt(distance);
  }

  /** Instructions of the record's block that were charged but not retired, the record's own included. */
  #unretired(rec: number): number {
    const place = this.memory.u8[rec + record.place]! & 63;
    const block = rec - place * record.size - header.size;
    return this.#get32(block + header.count) - place;
  }

  /** Moves time on without executing. */
  skipTo(now: number): void {
    if (now <= this.retired) return;
    this.skipped += now - this.retired;
    this.retired = now;
  }

  /** Instructions left of a run that ends at a count. */
  left(): number {
    return this.#until - this.retired;
  }

  startRun(until: number): void {
    this.#until = until;
  }

  /** Where the running stretch ends: less `words.remaining`, it is the current count. */
  get end(): number {
    return this.retired + this.#budget;
  }

  /** Before a stretch of at most `budget` instructions. */
  begin(budget: number): void {
    this.#budget = budget;
    this.#set32(words.remaining, budget);
    this.#set32(words.attention, 0);
    this.onEnd(this.end);
  }

  /** Behind it. */
  settle(): void {
    this.retired += this.#budget - this.#get32(words.remaining);
    this.#budget = 0;
    // A slow path that succeeded leaves its record behind; nothing is charged in advance any more.
    this.record = 0;
    this.#set32(words.remaining, 0);
  }

  /** Makes the run loop look at the world before the next block. */
  lookAgain(): void {
    this.#set32(words.attention, attention.look);
    this.cut(this.retired);
  }

  /** Makes the current run end when `until` instructions have retired, if that is sooner. */
  cutRun(until: number): void {
    if (until < this.#until) this.#until = until;
    this.cut(until);
  }

  /** Takes from the running stretch what goes beyond `until`; negative `remaining` ends it at the next block. */
  cut(until: number): void {
    const over = this.retired + this.#budget - until;
    if (over <= 0 || this.#budget === 0) return;
    this.onCut();
    this.#set32(words.remaining, this.#get32(words.remaining) - over);
    this.#budget -= over;
    this.refreshEnd();
  }

  /** The same from now on. */
  cutIn(instructions: number): void {
    this.cut(this.retired + this.#budget - this.#get32(words.remaining) + instructions);
  }

  /** Tells again where the running stretch ends. */
  refreshEnd(): void {
    this.onEnd(this.end);
  }

  /** The budget has been used up inside a block. */
  get exhausted(): boolean {
    return this.#get32(words.remaining) < 0;
  }

  /** Leaves generated code behind a record in the middle of a block, giving back what was charged for the rest. */
  leaveBehind(rec: number, next: bigint): number {
    this.#set32(words.remaining, this.#get32(words.remaining) + this.#unretired(rec) - 1);
    this.memory.view.setBigInt64(words.pc, BigInt.asIntN(64, next), true);
    this.record = 0;
    return 0;
  }

  /**
   * After a device access in the middle of a block: when the run must end before the block does, the record behind
   * the running one is replaced, so that generated code comes back at the exact instruction.
   */
  breakAfterRecord(): void {
    const { u8, u16, i32 } = this.memory;
    const rec = this.record;
    if (rec === 0 || this.#get32(words.remaining) >= 0) return;
    const place = u8[rec + record.place]! & 63;
    const count = i32[(rec - place * record.size - header.size + header.count) >> 2]!;
    // Behind the last record control goes through `enter`, which looks at the budget itself.
    if (place + 1 >= count) return;
    const next = rec + record.size;
    if (u16[next >> 1] === pseudo.refetch) return;
    this.#breaks.set(next, { handler: u16[next >> 1]!, hot: u8[next + record.hot]! });
    u16[next >> 1] = pseudo.refetch;
    u8[next + record.hot] = 0;
  }

  /** A record that was invalidated or made to leave: goes back to the run loop at its address. */
  refetch(rec: number): void {
    const { u8, u16, i32 } = this.memory;
    const saved = this.#breaks.get(rec);
    if (saved) {
      this.#breaks.delete(rec);
      const place = u8[rec + record.place]! & 63;
      if (i32[(rec - place * record.size - header.size + header.valid) >> 2]) {
        u16[rec >> 1] = saved.handler;
        u8[rec + record.hot] = saved.hot;
      }
    }
    this.#unwind(rec);
  }

  /** Gives back what was charged for the record and what follows it, and sets the pc to it. */
  #unwind(rec: number): void {
    const { memory } = this;
    const place = memory.u8[rec + record.place]! & 63;
    const block = rec - place * record.size - header.size;
    this.#set32(words.remaining, this.#get32(words.remaining) + this.#get32(block + header.count) - place);
    const distance = memory.u16[(rec + record.distance) >> 1]! & 0x3ff;
    const pc = memory.view.getBigInt64(block + header.pc, true) + BigInt(distance);
    memory.view.setBigInt64(words.pc, BigInt.asIntN(64, pc), true);
    this.record = 0;
  }

  /**
   * The running record has faulted: gives back what was charged from it on, the instruction itself when it is a `trap`, and sets
   * the pc to it. Bytes of it that lie before the place to go on at.
   */
  undo(trap: boolean): number {
    const rec = this.record;
    if (rec === 0) return 0;
    this.#unwind(rec);
    if (!trap) return 0;
    this.#set32(words.remaining, this.#get32(words.remaining) - 1);
    return this.memory.u16[(rec + record.distance) >> 1]! >> 12;
  }
}
