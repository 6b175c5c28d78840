import type { PhysicalMemory } from '../memory.js';
import type { Body, I32, I64, Local } from '../wasm/code.js';
import type { ModuleBuilder } from '../wasm/module.js';
import type { Code } from './code.js';
import type { Fault } from './fault.js';
import type { Border, Imports, Library, NoBorder } from './interpreter/library.js';
import type { Plan } from './translator/plan.js';

/** What a function of the interpreter is made from: an instruction with operands of certain kinds. */
export interface Handler {
  /** Equal keys are one handler. */
  readonly key: string;
}

/** Where a handler's code goes. */
export interface Frame<Own extends Border = NoBorder> {
  readonly body: Body;
  readonly library: Library<Own>;
  /** The record being executed. */
  readonly rec: I32;
  /** Goes to the next record, 0 to leave generated code. Nothing after it runs. */
  leave(next: I32): void;
}

/** How a block of a region goes on behind an instruction; see `Flow`. */
export type Ending =
  | { readonly kind: 'next' }
  | { readonly kind: 'goto'; readonly taken: boolean }
  | { readonly kind: 'branch'; readonly condition: I32 }
  | { readonly kind: 'jump'; readonly pc: I64 };

/** What instructions of a region find around them. */
export interface RegionFrame {
  readonly body: Body;
  readonly memory: PhysicalMemory;
  /** `words.remaining` while the function runs. */
  readonly left: Local<'i32'>;
  /** `words.tlb`, which changes only outside translated code. */
  readonly tlb: Local<'i32'>;
  /** Leaves the function with a value as `regionExit` says. */
  leave(value: I32): void;
  /** Instructions of a record's block from the record on. */
  unretired(at: number): number;
}

/** What an instruction set keeps in locals while a region's function runs, and what is known of it. */
export interface RegionState<H extends Handler, Known = unknown> {
  /** Emits what the function takes for granted: `leave` where that does not hold. */
  guard(leave: () => void): void;
  /** Takes from memory what it keeps. */
  load(): void;
  /** What is known at the point that is being emitted. */
  readonly known: Known;
  /** What is known wherever blocks meet. */
  readonly atRoots: Known;
  /** Goes on emitting where the block that is open now begins, knowing so much. */
  assume(known: Known): void;
  /** What can be known where control leaves, as far as it makes a difference; the first: nothing, as after `settle`. */
  readonly places: readonly string[];
  place: string;
  /** Makes the locals say it all, for where less is known. */
  settle(): void;
  /** Puts everything into memory where the interpreter expects it. */
  store(): void;
  /** Emits the instruction of the record at an address; throws `Untranslatable`. */
  instruction(frame: RegionFrame, at: number, handler: H): Ending;
}

/** What the generated code of an instruction set is made from: the same for all its processors. */
export interface InstructionSet<H extends Handler = Handler, Own extends Border = NoBorder> {
  /** In the order of their slots, which follow those of the engine's own. */
  readonly handlers: readonly H[];
  /** Keys of those that stand in the interpreter's loop, at most 254. */
  readonly hot: ReadonlySet<string>;
  /** Its code writes down transfers of control (transfers.ts): where the stack pointer stands. */
  readonly traces?: { readonly stackPointer: number };
  /** Functions that its handlers import beside the engine's. */
  readonly border: Own;
  /** Emits a handler, which ends with `leave`. */
  emit(handler: H, frame: Frame<Own>): void;
  /**
   * Emits into a module what brings deferred state to where handlers expect it: the function's
   * number, and whether to call it.
   */
  settling?(module: ModuleBuilder): { readonly function: number; needed(): I32 };
  /** Emits into a module what its regions share. */
  regions(module: ModuleBuilder): (body: Body, plan: Plan, memory: PhysicalMemory) => RegionState<H>;
}

/** What an access wants to do. */
export const ACCESS = { READ: 0, WRITE: 1, FETCH: 2 } as const;

/** Where a linear page leads. */
export interface Translation {
  /** Physical page number. */
  readonly frame: number;
  readonly writable: boolean;
  readonly dirty: boolean;
  /** Pages of 4 KiB that the mapping covers. */
  readonly span: number;
  /** A change of the address space leaves it alone. */
  readonly global: boolean;
}

/** How accesses get from linear to physical memory. Linear page numbers are signed doubles (bits 12–63). */
export interface Addressing {
  /** Code and data are accessed as a program, not as its kernel. */
  readonly user: boolean;
  /** Translates a page for an access; raises a fault. The result is the caller's until the next one. */
  translate(page: number, offset: number, access: number): Translation;
  /** Which of the software TLBs accesses are entered into. */
  readonly tlbMode: number;
  /** Every access is looked at, with `check`, which raises a fault where it must not be. */
  readonly looksAtAll: boolean;
  check(page: number, offset: number, bytes: number): void;
  /** The page behind one that an access crosses, from that page number plus 1. */
  wrap(page: number): number;
  /** There are breakpoints on data: whether one is in a page, for `write` on any access, and what an access touches. */
  readonly watching: boolean;
  watches(page: number, write: boolean): boolean;
  touch(page: number, offset: number, bytes: number, write: boolean): void;
  /** Called before a device is accessed. */
  synchronize(now: number): void;
}

/** Why a run ended. */
export type StopReason = 'budget' | 'halt' | 'shutdown' | 'stop';

/** One processor as the engine sees it: what its instruction set says while its code runs. */
export interface Architecture<Own extends Border = NoBorder> {
  readonly code: Code;
  readonly addressing: Addressing;
  /** The TypeScript side of its own border. */
  readonly imports: Imports<Own>;
  /** Raises an exception by its number. */
  raise(number: number): never;
  /** Runs the system instruction of a record: the next record, or 0 to leave generated code with the pc set. */
  system(rec: number): number;
  /** Does what a handler leaves to TypeScript, by the number it gave. */
  slow(number: number): void;
  /** Between stretches: delivers what waits. True when something did, and there may be more. */
  attend(): boolean;
  readonly halted: boolean;
  /** Executes a stretch of at most `budget` instructions by `Engine.execute`. */
  advance(budget: number): void;
  /** The running stretch ends when so many instructions have retired. */
  stretchEnds(end: number): void;
  stretchBegins(): void;
  stretchEnded(): void;
  /** After a fault: brings what translated code deferred to where it is expected, by `Engine.settle`. */
  settle(): void;
  /** A fault in fetching an instruction: something that belongs to the one before it comes first. */
  trapsFirst(): boolean;
  /** Delivers a fault; the pc is that of the instruction, and `behind` what is to be added to it. */
  fault(thrown: Fault, behind: number): void;
  /** What a mode depends on may have changed in generated code. */
  modeChanged(): void;
}
