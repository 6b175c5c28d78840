import { GPR } from '../abi/x86/registers.js';
import type { Machine } from '../machine/machine.js';
import {
  type Block,
  type Note,
  returned,
  sourceOf,
  type Tracer,
  takeNote,
  transfer,
} from '../machine/observe.js';
import { CallStack } from './call-stack.js';
import type { FunctionMarks } from './function-marks.js';
import type { FunctionTable } from './function-table.js';
import { NodeTable } from './node-table.js';
import { type EntryKind, entryKinds, type TreeColumns } from './recording.js';

const eventWords = transfer.size >> 2;

/** Indices in `entryKinds`. */
const kinds = Object.fromEntries(entryKinds.map((kind, i) => [kind, i])) as Record<EntryKind, number>;

/** An exception or interrupt on its way to its handler. */
interface Delivery {
  readonly kind: 'exception' | 'interrupt';
  /** Low halves of where it came, and of the stack pointer. */
  readonly site: number;
  readonly stack: number;
  readonly note: Note;
}

/** Makes the tree of calls from what the machine's code writes down. */
export class CallTracer implements Tracer {
  /** Retired by programs, which are not in the tree. */
  userInstructions = 0;
  readonly #nodes = new NodeTable();
  #stack = new CallStack();
  /** Tasks that wait, by the stack pointer with which they go on. */
  readonly #waiting = new Map<number, CallStack>();
  /** Rows of the only functions whose calls are told apart; undefined: all. */
  #open: ReadonlySet<number> | undefined;
  #inUser = false;
  /** The last time that was looked at, and how much of it nothing ran. */
  #last: number;
  #idle: number;
  /** Stack pointer at the last entry. */
  #entryStack = 0;
  #delivery: Delivery | undefined;
  /** What goes on on another task's stack: arch/x86/entry/entry_64.S and entry_32.S, __switch_to_asm. */
  readonly #switchTo: number | undefined;

  constructor(
    readonly machine: Machine,
    readonly marks: FunctionMarks,
    readonly functions: FunctionTable,
  ) {
    this.#last = machine.cpu.now;
    this.#idle = machine.cpu.now - machine.instructions;
    this.#switchTo = functions.find('__switch_to');
    machine.cpu.onDeliver.push((_vector, _errorCode, kind) => this.#deliver(kind));
  }

  /** From now on calls are told apart only below these functions; the others keep what they call. */
  openOnly(rows: Iterable<number>): void {
    this.machine.cpu.engine.handOver();
    this.#open = new Set(rows);
  }

  /** The tree as it is when the machine has stopped: what was about to be entered is in it. */
  columns(): TreeColumns {
    const { cpu } = this.machine;
    const [page, offset] = [Math.floor(Number(cpu.rip) / 4096), Number(cpu.rip & 0xfffn)];
    const frame = cpu.walker.peek(page);
    const mark = frame === undefined || this.#delivery ? 0 : this.marks.at(page, offset, frame);
    if (mark && this.#stack.top) this.#entered(mark - 1, this.#stackPointer(), takeNote(this.machine.memory));
    return this.#nodes.columns((row, site) => this.functions.offsetOf(row, site));
  }

  begins(block: Block, time: number): void {
    const { cpu } = this.machine;
    this.#idle += time - this.#last;
    this.#last = time;
    const note = takeNote(this.machine.memory);
    const delivery = this.#delivery;
    this.#delivery = undefined;
    const wasInUser = this.#inUser;
    this.#inUser = cpu.userMode;
    if (this.#inUser) {
      this.#stack.cut(0);
      return;
    }
    const stack = this.#stackPointer();
    if (delivery) this.#interrupted(this.#rowOf(block), delivery, wasInUser);
    else if (!this.#stack.top) this.#root(this.#rowOf(block), wasInUser ? 'call' : 'root');
    else {
      const over = this.#stack.endException(stack);
      if (block.mark) this.#entered(block.mark - 1, stack, over?.interrupted ?? note);
    }
  }

  transfers(view: Int32Array, from: number, to: number, end: number): void {
    if (this.#inUser) return;
    for (let at = from; at < to; at += eventWords) {
      const mark = view[at + 2]!;
      const stack = view[at + 1]!;
      const noteLow = view[at + 4]!;
      const top = this.#stack.top;
      if (top?.closed) {
        if (mark === returned) {
          if (noteLow !== top.returnTo || ((stack - top.stack) | 0) <= 0) continue;
        } else if (mark - 1 !== this.#switchTo) {
          this.#entryStack = stack;
          continue;
        }
      }
      this.#spend(end - view[at]!);
      if (mark === returned) this.#stack.return(noteLow);
      else this.#entered(mark - 1, stack, { returnTo: noteLow, site: view[at + 5]!, link: view[at + 3]! });
    }
  }

  ended(time: number): void {
    this.#spend(time);
  }

  #spend(time: number): void {
    const instructions = time - this.#last;
    this.#last = time;
    const { top } = this.#stack;
    if (this.#inUser) this.userInstructions += instructions;
    else if (top) this.#nodes.spend(top.node, instructions);
  }

  /** Control came to the first instruction of a function. */
  #entered(row: number, stack: number, { returnTo, site: noted, link }: Note): void {
    let site = noted;
    let kind: EntryKind = returnTo === 0 ? 'jump' : 'call';
    if (returnTo === 0 && link !== 0) {
      const source = sourceOf(this.machine.memory, link);
      site = source.site;
      if (source.falls) kind = 'fall';
    }
    if (row === this.#switchTo && kind === 'jump') this.#switchTask(stack);
    this.#entryStack = stack;
    const outOfLine = kind !== 'call';
    if (this.#stack.top?.outOfLine) this.#stack.resume((other) => this.functions.holds(other, site));
    const { top, length } = this.#stack;
    if (!top) this.#root(row, 'switch');
    else if (!top.closed && !(outOfLine && top.row === row)) {
      this.#stack.push({
        node: this.#nodes.enter(top.node, row, kinds[kind], site, this.#now),
        row,
        closed: this.#isClosed(row),
        outOfLine,
        returnTo: outOfLine ? top.returnTo : returnTo,
        stack: outOfLine ? top.stack : stack,
        below: outOfLine ? top.below : length,
      });
    }
  }

  /** The handler of an exception or interrupt begins. */
  #interrupted(row: number, { kind, site, stack, note }: Delivery, fromUser: boolean): void {
    const { top, length } = this.#stack;
    if (!top || fromUser) {
      this.#root(row, kind);
      return;
    }
    const node = this.#nodes.enter(top.node, row, kinds[kind], top.closed ? 0 : site, this.#now);
    const closed = this.#isClosed(row);
    this.#stack.push({
      node,
      row,
      closed,
      outOfLine: false,
      returnTo: 0,
      stack,
      below: length,
      interrupted: note,
    });
  }

  #root(row: number, kind: EntryKind): void {
    this.#stack.cut(0);
    const node = this.#nodes.enter(-1, row, kinds[kind], 0, this.#now);
    const closed = this.#isClosed(row);
    this.#stack.push({ node, row, closed, outOfLine: true, returnTo: 0, stack: 0, below: 0 });
  }

  /** Another task goes on, with the stack pointer it had when it was last in the same place. */
  #switchTask(stack: number): void {
    this.#waiting.set(this.#entryStack, this.#stack);
    this.#stack = this.#waiting.get(stack) ?? new CallStack();
    this.#waiting.delete(stack);
  }

  #deliver(kind: string): void {
    if (this.#delivery) return;
    const { cpu } = this.machine;
    this.#delivery = {
      kind: kind === 'interrupt' ? 'interrupt' : 'exception',
      site: Number(BigInt.asIntN(32, cpu.rip)),
      stack: this.#stackPointer(),
      note: takeNote(this.machine.memory),
    };
  }

  get #now(): number {
    return this.#last - this.#idle;
  }

  #isClosed(row: number): boolean {
    return this.#open !== undefined && !this.#open.has(row);
  }

  #stackPointer(): number {
    return Number(BigInt.asIntN(32, this.machine.cpu.gpr[GPR.RSP]!));
  }

  #rowOf({ page, offset, frame }: Block): number {
    const linked = this.marks.linked(page, offset, frame);
    const row = linked === undefined ? undefined : this.functions.at(linked);
    return row ?? this.functions.whole(linked === undefined ? 'other' : 'kernel');
  }
}
