import type { KernelPlace } from '../autopsy/kernel-place.js';
import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { Machine } from '../machine/machine.js';
import type { Block, Watch } from '../machine/observe.js';

/** What was set in memory that a kernel clears, before it did. */
export interface RecordedWipe {
  /** Symbol; null where none is there. */
  readonly object: string | null;
  readonly section: '.bss' | '.brk';
  /** Bytes that were set since the kernel began and were not zero. */
  readonly bytes: number;
  /** When it was cleared: retired before. */
  readonly instruction: number;
  /** It has all these bytes again at `start_kernel`. */
  readonly again: boolean;
}

/** The function of Linux that clears both, .bss first (arch/x86/kernel/head64.c), and the linker's marks about them. */
const clearing = 'clear_bss';
const marks = {
  '.bss': ['__bss_start', '__bss_stop'],
  '.brk': ['__brk_base', '__brk_limit'],
} as const;

/** Those of the linker script, which name no object. */
const isMark = (name: string): boolean =>
  /^__(start|end)_/.test(name) ||
  Object.values(marks)
    .flat()
    .some((mark) => mark === name);

/** Writes to where .bss begins that are taken for the beginning of its clearing, before that is let be. */
const mostBeginnings = 16;

/** A byte has been set since the kernel began. */
const isSet = (byte: number, begun: number): boolean => byte !== 0 && byte !== begun;

interface Cleared {
  readonly section: keyof typeof marks;
  /** Link-time and physical address. */
  readonly address: bigint;
  readonly start: number;
  readonly begun: Uint8Array;
  set?: Uint8Array;
}

/** Looks at what a kernel clears when it begins, when that is about to be cleared, and when paths have met. */
export class Wipes {
  #cleared: readonly Cleared[] = [];
  #clearing: number | undefined;
  /** What may be a clearing that is inlined, from its first write on: retired before, and what there was. */
  #beginning: { readonly instruction: number; readonly sets: readonly Uint8Array[] } | undefined;
  #beginnings = 0;
  readonly #watch: Watch;
  #symbols: SymbolTable | undefined;
  #instruction: number | undefined;
  #found: RecordedWipe[] = [];

  constructor(readonly machine: Machine) {
    this.#watch = machine.cpu.engine.linear.watched.watch(this.#accessed, { reads: false });
  }

  /** The kernel's code is about to run. */
  kernelAt(place: KernelPlace, symbols: SymbolTable): void {
    const found = symbols.findFew([clearing, ...Object.values(marks).flat()]);
    const function_ = found.get(clearing);
    this.#symbols = symbols;
    this.#clearing = function_ === undefined ? undefined : place.physical(function_);
    this.#cleared = (Object.keys(marks) as (keyof typeof marks)[]).flatMap((section) => {
      const [address, end] = marks[section].map((name) => found.get(name));
      const start = address === undefined ? undefined : place.physical(address);
      if (address === undefined || end === undefined || start === undefined || end <= address) return [];
      return [{ section, address, start, begun: this.#bytes(start, Number(end - address)) }];
    });
    const bss = this.#bss();
    if (!bss) return;
    this.#watch.add(bss.start, 1);
    this.#watch.add(bss.end - 1, 1);
  }

  #bss(): { start: number; end: number } | undefined {
    const bss = this.#cleared.find(({ section }) => section === '.bss');
    return bss && { start: bss.start, end: bss.start + bss.begun.length };
  }

  /** Code runs for the first time. */
  ran({ frame, offset }: Block, instruction: number): void {
    if (frame * 4096 + offset !== this.#clearing || this.#instruction !== undefined) return;
    this.#clears(instruction, this.#now());
  }

  /** Where `clear_bss` is inlined, it shows in what it does: .bss is written from the first byte to the last, and then all is zero. */
  readonly #accessed = (at: number, bytes: number): void => {
    const bss = this.#bss();
    if (!bss || this.#instruction !== undefined) return;
    if (at <= bss.start && at + bytes > bss.start && this.#beginnings++ < mostBeginnings)
      this.#beginning = { instruction: this.machine.instructions, sets: this.#now() };
    if (!this.#beginning || at + bytes < bss.end) return;
    const { instruction, sets } = this.#beginning;
    const isClear = this.machine.memory.ram(bss.start, at - bss.start).every((byte) => byte === 0);
    // What loses nothing may be something else: the clearing may be still to come.
    const isLoss = this.#cleared.some(({ begun }, i) => sets[i]!.some((byte, k) => isSet(byte, begun[k]!)));
    if (isClear && isLoss) this.#clears(instruction, sets);
  };

  #clears(instruction: number, sets: readonly Uint8Array[]): void {
    this.#instruction = instruction;
    for (const [i, each] of this.#cleared.entries()) each.set = sets[i]!;
  }

  /** All that is cleared, as it is now. */
  #now(): Uint8Array[] {
    return this.#cleared.map(({ start, begun }) => this.#bytes(start, begun.length));
  }

  /** Paths have met. */
  met(): void {
    if (this.#instruction === undefined) return;
    this.#found = this.#cleared.flatMap((each) => this.#wiped(each, this.#instruction!));
  }

  wipes(): RecordedWipe[] {
    return this.#found;
  }

  #bytes(start: number, size: number): Uint8Array {
    const { memory } = this.machine;
    return memory.ram(start, Math.max(0, Math.min(size, memory.ramSize - start))).slice();
  }

  #wiped({ section, address, start, begun, set }: Cleared, instruction: number): RecordedWipe[] {
    const now = this.machine.memory.ram(start, begun.length);
    const names = this.#names(address, begun.length);
    let next = 0;
    const found = new Map<string | null, { bytes: number; again: boolean }>();
    // Megabytes, of which next to none was set.
    for (let at = 0; at < set!.length; at++) {
      const byte = set![at]!;
      if (!isSet(byte, begun[at]!)) continue;
      while (next < names.length && names[next]!.at <= at) next++;
      const object = names[next - 1]?.name ?? null;
      const known = found.get(object) ?? { bytes: 0, again: true };
      found.set(object, { bytes: known.bytes + 1, again: known.again && now[at] === byte });
    }
    return [...found].map(([object, each]) => ({ object, section, ...each, instruction }));
  }

  /** Symbols from an address on, by their distance from it. */
  #names(address: bigint, size: number): { readonly at: number; readonly name: string }[] {
    const symbols = this.#symbols!;
    const { addresses } = symbols;
    const end = address + BigInt(size);
    const names: { at: number; name: string }[] = [];
    for (let i = 0; i < symbols.count; i++) {
      const each = addresses[i]!;
      if (each < address || each >= end) continue;
      const name = symbols.name(i);
      if (!isMark(name)) names.push({ at: Number(each - address), name });
    }
    return names;
  }
}
