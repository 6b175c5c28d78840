import type { KernelPlace } from '../autopsy/kernel-place.js';
import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { Machine } from '../machine/machine.js';
import type { Block } from '../machine/observe.js';

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

/** The function of Linux that clears both (arch/x86/kernel/head64.c), and the linker's marks about them. */
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
  #symbols: SymbolTable | undefined;
  #instruction: number | undefined;
  #found: RecordedWipe[] = [];

  constructor(readonly machine: Machine) {}

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
  }

  /** Code runs for the first time. */
  ran({ frame, offset }: Block, instruction: number): void {
    if (frame * 4096 + offset !== this.#clearing || this.#instruction !== undefined) return;
    this.#instruction = instruction;
    for (const each of this.#cleared) each.set = this.#bytes(each.start, each.begun.length);
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
    const end = address + BigInt(begun.length);
    const names = [...this.#symbols!.entries()]
      .filter((each) => each.address >= address && each.address < end && !isMark(each.name))
      .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
    let next = 0;
    const found = new Map<string | null, { bytes: number; again: boolean }>();
    for (const [i, byte] of set!.entries()) {
      if (byte === 0 || byte === begun[i]) continue;
      const at = address + BigInt(i);
      while (next < names.length && names[next]!.address <= at) next++;
      const object = names[next - 1]?.name ?? null;
      const known = found.get(object) ?? { bytes: 0, again: true };
      found.set(object, { bytes: known.bytes + 1, again: known.again && now[i] === byte });
    }
    return [...found].map(([object, each]) => ({ object, section, ...each, instruction }));
  }
}
