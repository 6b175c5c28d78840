import type { KernelPlace } from '../../autopsy/kernel-place.js';
import { littleEndian } from '../../core/bytes.js';
import type { Btf } from '../../image/btf/btf.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import type { Machine } from '../../machine/machine.js';
import type { CodeMap } from '../code-map.js';
import type { Moment } from '../learned/moment.js';
import { placeOf } from '../learned/place-of.js';
import { type CallSite, callSites, unpatched } from './call-sites.js';
import { keptOf } from './kept.js';
import { type Member, numberText, type TableLayout, tableLayouts } from './layouts.js';
import { OpWriters } from './op-writers.js';
import { pagingOf } from './page-tables.js';
import { patchedCode } from './patched.js';
import { systemRegisters } from './registers.js';
import type { OpKind, OpSites, RecordedOp, RecordedState, RecordedTable } from './row.js';

/** The table whose calls are patched (arch/x86/kernel/paravirt.c, alternative.c), and the waypoint before which none are. */
const patchedTable = 'pv_ops';
const patchedFrom = 'start_kernel';
/** The first waypoint behind free_initmem() (init/main.c, kernel_init), and the bounds of what that frees. */
const freedFrom = 'run_init_process';
const initBounds = ['__init_begin', '__init_end'] as const;

/** What does nothing (arch/x86/kernel/x86_init.c, paravirt.c, arch/x86/xen). */
const doesNothing = /(^|_)(nop|noop)(_|$)|^_?paravirt_(ident_64|ret0)$/;

/** A table as it was at a waypoint. */
interface Taken {
  readonly layout: TableLayout;
  /** Physical address. */
  readonly start: number;
  /** undefined: it is free memory. */
  readonly bytes: Uint8Array | undefined;
  /** By offset of the member. */
  readonly sites: ReadonlyMap<number, OpSites[]>;
}

interface TakenState {
  readonly state: Omit<RecordedState, 'tables'>;
  readonly tables: readonly Taken[];
  readonly writers: ReadonlyMap<number, Moment>;
}

/** Takes down a processor's state and a kernel's tables at waypoints. */
export class StateObserver {
  readonly #states: TakenState[] = [];
  readonly #writers: OpWriters;
  #layouts: readonly TableLayout[] = [];
  #sites: readonly CallSite[] | undefined;
  #place: KernelPlace | undefined;
  #canBePatched = false;
  #initIsFree = false;
  #isInit: (address: bigint) => boolean = () => false;

  constructor(
    readonly machine: Machine,
    readonly symbols: SymbolTable | undefined,
    readonly btf: Btf | undefined,
  ) {
    this.#writers = new OpWriters(machine);
  }

  /** The kernel lies where it will run. */
  kernelAt(place: KernelPlace): void {
    const { symbols, btf } = this;
    if (!symbols || !btf) return;
    this.#place = place;
    const [start = 0n, end = 0n] = initBounds.map((name) => symbols.find(name));
    this.#isInit = (address) => address >= start && address < end;
    this.#layouts = tableLayouts(btf, symbols).filter(({ address }) => place.physical(address) !== undefined);
    this.#writers.watch(
      this.#layouts.map(({ address, size }) => ({ start: place.physical(address)!, size })),
    );
  }

  take(waypoint: string): void {
    const { machine } = this;
    if (waypoint === patchedFrom) this.#canBePatched = true;
    if (waypoint === freedFrom) this.#initIsFree = true;
    this.#states.push({
      state: {
        waypoint,
        instruction: machine.instructions,
        registers: systemRegisters(machine),
        kept: this.kept(),
        paging: pagingOf(machine),
      },
      tables: this.#layouts.map((layout) => this.#table(layout)),
      writers: this.#writers.snapshot(),
    });
  }

  /** What the kernel believes of its processor now. */
  kept(): Record<string, string> {
    const { machine, symbols, btf } = this;
    return this.#place && symbols && btf ? keptOf(machine, this.#place, symbols, btf) : {};
  }

  #table(layout: TableLayout): Taken {
    const start = this.#place!.physical(layout.address)!;
    if (this.#isFree(layout.address)) return { layout, start, bytes: undefined, sites: new Map() };
    const bytes = this.machine.memory.ram(start, layout.size).slice();
    const sites = layout.table === patchedTable && this.#canBePatched ? this.#patched(layout) : new Map();
    return { layout, start, bytes, sites };
  }

  #isFree(address: bigint): boolean {
    return this.#initIsFree && this.#isInit(address);
  }

  #patched(layout: TableLayout): Map<number, OpSites[]> {
    const { machine, symbols } = this;
    this.#sites ??= callSites(symbols!, layout);
    const bits = symbols!.space.word === 8 ? 64 : 32;
    const nameOf = (address: bigint): string | undefined => symbolAt(symbols!, address);
    const counts = new Map<number, Map<string, number>>();
    for (const { address, size, offset } of this.#sites) {
      const at = this.#place!.physical(address);
      if (at === undefined || this.#isFree(address)) continue;
      const bytes = machine.memory.ram(at, size);
      const through = unpatched(bytes);
      const code = through
        ? `${through}${layout.table}.${layout.members.find((member) => member.offset === offset)?.name ?? offset}`
        : patchedCode(machine, bytes, address, bits, nameOf);
      const known = counts.get(offset) ?? new Map<string, number>();
      counts.set(offset, known.set(code, (known.get(code) ?? 0) + 1));
    }
    return new Map(
      [...counts].map(([offset, codes]) => [
        offset,
        [...codes].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count),
      ]),
    );
  }

  /** All that was taken down, once it is known where everything lies. */
  states(code: CodeMap): RecordedState[] {
    return this.#states.map(({ state, tables, writers }) => ({
      ...state,
      tables: merged(tables.map((taken) => this.#recorded(taken, writers, code))),
    }));
  }

  #recorded(
    { layout, start, bytes, sites }: Taken,
    writers: ReadonlyMap<number, Moment>,
    code: CodeMap,
  ): RecordedTable {
    const { table, members } = layout;
    if (!bytes) return { table, freed: true, ops: [] };
    const ops = members.map((member): RecordedOp => {
      const value = littleEndian(bytes.subarray(member.offset, member.offset + member.size));
      const now = this.#described(member, value, code.place?.slide ?? 0n);
      const initial = this.#described(member, this.#initial(layout, member), 0n);
      const at = start + member.offset;
      const moment = now === initial ? undefined : writers.get(at);
      return {
        member: member.name,
        kind: kindOf(member, now, initial),
        target: now,
        initial,
        by: moment ? { ...placeOf(moment, code), instruction: moment.instruction } : null,
        sites: sites.get(member.offset) ?? [],
      };
    });
    return { table, freed: false, ops };
  }

  /** What the image has; 0 behind its bytes. */
  #initial({ address }: TableLayout, { offset, size }: Member): bigint {
    const { space } = this.symbols!;
    const at = space.offsetOf(address + BigInt(offset));
    return at === undefined ? 0n : littleEndian(space.bytes.data.subarray(at, at + size));
  }

  #described({ isPointer, names }: Member, value: bigint, slide: bigint): string | null {
    if (!isPointer) return names?.get(Number(value)) ?? numberText(value);
    if (value === 0n) return null;
    const bits = this.symbols!.space.word * 8;
    const linked = BigInt.asUintN(bits, value - slide);
    return symbolAt(this.symbols!, linked) ?? numberText(value);
  }
}

function kindOf({ isPointer }: Member, now: string | null, initial: string | null): OpKind {
  if (!isPointer) return 'value';
  if (now === null) return 'null';
  if (doesNothing.test(now)) return 'no-op';
  return now === initial ? 'native' : 'replaced';
}

/** "name" or "name+0x12": a function's own name rather than an alias that marks a place. */
function symbolAt(symbols: SymbolTable, address: bigint): string | undefined {
  const exact = symbols.exactly(address, 'tTwW') ?? symbols.exactly(address);
  if (exact) return exact.name;
  const place = symbols.at(address);
  return place && `${place.name}+0x${place.offset.toString(16)}`;
}

/** Tables of one name are one. */
function merged(tables: readonly RecordedTable[]): RecordedTable[] {
  const all = new Map<string, RecordedTable>();
  for (const each of tables) {
    const known = all.get(each.table);
    all.set(each.table, known ? { ...known, ops: [...known.ops, ...each.ops] } : each);
  }
  return [...all.values()];
}
