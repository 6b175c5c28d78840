import type { KernelPlace } from '../../autopsy/kernel-place.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import type { Machine } from '../../machine/machine.js';
import type { Watch } from '../../machine/observe.js';
import type { CodeMap } from '../code-map.js';
import { type Moment, momentOf } from './moment.js';
import { placeOf } from './place-of.js';
import type { RecordedSetting } from './row.js';

/**
 * Variables in which Linux keeps what it has found out, and how many of their bytes say so (arch/x86/kernel/cpu/hypervisor.c, e820.c,
 * setup.c, tsc.c, arch/x86/xen, kernel/printk/printk.c; console_drivers until 6.0).
 */
const variables = {
  xen_start_info: 8,
  xen_domain_type: 4,
  x86_hyper_type: 4,
  e820_table_init: 4,
  boot_command_line: 1,
  console_list: 8,
  console_drivers: 8,
  tsc_khz: 4,
} as const;

interface Watched {
  readonly name: string;
  readonly at: number;
  readonly size: number;
  readonly initial: Uint8Array;
  /** The last write while it is not known whether that changed anything. */
  pending: Moment | undefined;
  set: Moment | undefined;
}

/** Who first gives some variables of a kernel another value than the image has, zero aside: clearing .bss sets nothing. */
export class Settings {
  #watched: readonly Watched[] = [];
  #watch: Watch | undefined;

  constructor(readonly machine: Machine) {}

  kernelAt(place: KernelPlace, symbols: SymbolTable): void {
    const found = symbols.findFew(Object.keys(variables));
    this.#watched = Object.entries(variables).flatMap(([name, size]): Watched[] => {
      const address = found.get(name);
      const at = address === undefined ? undefined : place.physical(address);
      if (address === undefined || at === undefined) return [];
      const offset = symbols.space.offsetOf(address);
      const initial =
        offset === undefined ? new Uint8Array(size) : symbols.space.bytes.slice(offset, size).slice();
      return [{ name, at, size, initial, pending: undefined, set: undefined }];
    });
    this.#watch = this.machine.cpu.engine.linear.watched.watch(this.#accessed, { reads: false });
    for (const { at, size } of this.#watched) this.#watch.add(at, size);
  }

  readonly #accessed = (at: number, bytes: number): void => {
    const frame = at >>> 12;
    const here = this.#watched.filter((each) => each.at >>> 12 === frame);
    if (here.length === 0) return;
    for (const each of here) {
      this.#settle(each);
      const isMeant = !each.set && at < each.at + each.size && each.at < at + bytes;
      if (isMeant) each.pending = momentOf(this.machine);
    }
    // One that was written last is settled at the end.
    if (here.every(({ set }) => set)) this.#watch?.forget(frame);
  };

  /** Whether the last write made it something else. */
  #settle(variable: Watched): void {
    const { pending, at, size, initial } = variable;
    if (!pending) return;
    const now = this.machine.memory.ram(at, size);
    const isSet = now.some((byte) => byte !== 0) && now.some((byte, i) => byte !== initial[i]);
    if (isSet) variable.set = pending;
    variable.pending = undefined;
  }

  /** A look in between: memory may be another's later. */
  look(): void {
    for (const each of this.#watched) this.#settle(each);
  }

  /** In the order they were set. */
  settings(code: CodeMap): RecordedSetting[] {
    this.look();
    return this.#watched
      .flatMap(({ name, set }) =>
        set ? [{ variable: name, instruction: set.instruction, ...placeOf(set, code) }] : [],
      )
      .sort((a, b) => a.instruction - b.instruction);
  }
}
