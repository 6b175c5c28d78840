import { GPR } from '../../abi/x86/registers.js';
import type { KernelPlace } from '../../autopsy/kernel-place.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import type { Machine } from '../../machine/machine.js';
import type { CodeMap } from '../code-map.js';
import { FunctionMarks } from '../function-marks.js';
import { type FunctionTable, signed } from '../function-table.js';
import { momentOf, runningPc } from '../learned/moment.js';
import { isCopier } from './copiers.js';
import { ObjectTable } from './object-table.js';
import { PageWatch } from './page-watch.js';
import { PendingWrite } from './pending.js';
import type { RecordedWrites } from './row.js';
import { Writer } from './writer.js';
import { writesBy } from './writes-by.js';

/** What is known once the kernel lies where it will run. */
interface Begun {
  readonly objects: ObjectTable;
  readonly marks: FunctionMarks;
  readonly pages: PageWatch;
  /** From physical to link-time addresses (signed). */
  readonly lift: number;
}

/** Which function wrote which object of a kernel's data, up to a waypoint. */
export class WriteWatch {
  readonly #machine: Machine;
  readonly #functions: FunctionTable;
  readonly #pending: PendingWrite;
  readonly #writers = new Map<number | string, Writer>();
  /** By address of an instruction: row of its function, -1 where it is no kernel's. */
  readonly #rows = new Map<number, number>();
  #begun: Begun | undefined;

  constructor(machine: Machine, functions: FunctionTable) {
    this.#machine = machine;
    this.#functions = functions;
    this.#pending = new PendingWrite(machine.memory);
  }

  kernelAt(place: KernelPlace, symbols: SymbolTable): void {
    const objects = new ObjectTable(symbols);
    const { cpu, memory } = this.#machine;
    const { physicalStart } = place;
    if (objects.names.length === 0 || physicalStart === undefined) return;
    const lift = signed(place.start) - Number(physicalStart);
    const frame = (address: number): number => Math.floor((address - lift) / 4096);
    const first = frame(objects.starts[0]!);
    const end = Math.min(frame(objects.ends.at(-1)! - 1) + 1, memory.ramSize / 4096);
    const holding = Array<boolean>(end - first).fill(false);
    for (const object of objects.names.keys())
      holding.fill(
        true,
        frame(objects.starts[object]!) - first,
        frame(objects.ends[object]! - 1) + 1 - first,
      );
    const watch = cpu.engine.linear.watched.watch(this.#accessed, { reads: false, most: Infinity });
    const marks = new FunctionMarks(cpu, this.#functions, place);
    const pages = new PageWatch(watch, this.#machine.instructions, first, holding);
    this.#begun = { objects, marks, lift, pages };
  }

  /** Code runs for the first time. */
  newCode(instruction: number): void {
    this.#begun?.pages.newCode(instruction);
  }

  /** What is written from now on is nothing to it. */
  end(): void {
    this.#pending.settle();
    this.#begun?.pages.end();
  }

  readonly #accessed = (at: number, bytes: number): void => {
    this.#pending.settle();
    const machine = this.#machine;
    if (machine.cpu.userMode) return;
    const { objects, lift, pages } = this.#begun!;
    const row = this.#rowOf(runningPc(machine));
    let isNews = false;
    if (row !== -1)
      for (
        let object = objects.at(at + lift);
        object !== -1;
        object = objects.next(object, at + lift + bytes)
      )
        isNews = this.#writes(object, row, at, bytes) || isNews;
    pages.saw(at >>> 12, isNews);
  };

  /** A function writes, among others, bytes of an object: whether that is news. */
  #writes(object: number, row: number, at: number, bytes: number): boolean {
    const { objects, lift } = this.#begun!;
    const before = this.#writers.size;
    const writer = this.#writerOf(object, row);
    const start = objects.starts[object]! - lift;
    const from = Math.max(at, start);
    const to = Math.min(at + bytes, start + writer.written.size);
    writer.last = this.#machine.instructions;
    this.#pending.add(writer, from, to - from);
    return writer.written.add(from - start, to - start) || this.#writers.size > before;
  }

  #writerOf(object: number, row: number): Writer {
    const machine = this.#machine;
    const copies = isCopier(this.#functions.columns.name[row]!);
    const key = copies ? `${object} ${row} ${this.#returnAddress()}` : object * 2 ** 24 + row;
    const known = this.#writers.get(key);
    if (known) return known;
    const { starts, ends } = this.#begun!.objects;
    const moment = copies ? momentOf(machine) : undefined;
    const writer = new Writer(object, row, machine.instructions, moment, ends[object]! - starts[object]!);
    this.#writers.set(key, writer);
    return writer;
  }

  #rowOf(pc: number): number {
    const known = this.#rows.get(pc);
    if (known !== undefined) return known;
    const page = Math.floor(pc / 4096);
    const frame = this.#machine.cpu.walker.peek(page);
    const linked = frame === undefined ? undefined : this.#begun!.marks.linked(page, pc - page * 4096, frame);
    const row = (linked === undefined ? undefined : this.#functions.at(linked)) ?? -1;
    this.#rows.set(pc, row);
    return row;
  }

  #returnAddress(): string {
    const { cpu } = this.#machine;
    const bytes = cpu.linear.peek(cpu.readGpr(GPR.RSP, cpu.codeBits === 64 ? 64 : 32), 4);
    return bytes ? bytes.join() : '';
  }

  columns(code: CodeMap): RecordedWrites {
    this.#pending.settle();
    return writesBy([...this.#writers.values()], this.#begun?.objects, code);
  }
}
