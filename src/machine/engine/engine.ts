import type { PhysicalMemory } from '../memory.js';
import {
  ACCESS,
  type Architecture,
  type Handler,
  type InstructionSet,
  type StopReason,
} from './architecture.js';
import { Blocks } from './blocks.js';
import { Epochs } from './epochs.js';
import { Fault } from './fault.js';
import type { Interpreter } from './interpreter/interpreter.js';
import type { Border, border, Imports } from './interpreter/library.js';
import { attention, transferRing, words } from './layout.js';
import { LinearMemory } from './linear-memory.js';
import { enterPcCache } from './pc-cache.js';
import { block as header, link, noCharge } from './record.js';
import { Retirement } from './retirement.js';
import type { Tlb } from './tlb.js';
import { type Tracer, tracedStretch } from './transfers.js';
import { Translator, type TranslatorOptions } from './translator/translator.js';

/** The generated code of an instruction set, ready to be instantiated. */
export interface Compiled<H extends Handler, Own extends Border> {
  readonly set: InstructionSet<H, Own>;
  readonly interpreter: Interpreter<H>;
  readonly module: WebAssembly.Module;
}

/** Runs the code of one processor: caches of code, generated code, and the loop around it. @unsaved caches, and what is put as the processor's */
export class Engine<H extends Handler, Own extends Border> {
  readonly retirement: Retirement;
  readonly epochs: Epochs;
  readonly blocks: Blocks;
  readonly linear: LinearMemory;
  /** What translates hot blocks; undefined when all code is interpreted. */
  readonly translator: Translator<H> | undefined;
  /** Brings what translated code defers to where it is expected; nothing where an instruction set defers nothing. */
  readonly settle: () => void;
  readonly #run: (rec: number) => void;
  #tracer: Tracer | undefined;
  /** Most instructions of a stretch. */
  #longest = noCharge - 1;
  /** Of the current run. */
  #stop: StopReason | undefined;

  constructor(
    readonly memory: PhysicalMemory,
    readonly tlb: Tlb,
    readonly architecture: Architecture<Own>,
    readonly compiled: Compiled<H, Own>,
    translate: TranslatorOptions | false,
  ) {
    const { code, addressing } = architecture;
    const { set, interpreter, module } = compiled;
    this.retirement = new Retirement(memory, (end) => architecture.stretchEnds(end));
    this.epochs = new Epochs(memory);
    this.blocks = new Blocks(memory, code, tlb, interpreter.hot);
    this.linear = new LinearMemory(memory, tlb, this.blocks, this.retirement, addressing);
    const imports = { ...this.#imports(), ...architecture.imports };
    const { exports } = new WebAssembly.Instance(module, { machine: { memory: memory.wasm, ...imports } });
    this.#run = exports.run as (rec: number) => void;
    this.settle = (exports.settle as (() => void) | undefined) ?? (() => {});
    const slots = exports.regions as WebAssembly.Table;
    if (set.traces) this.#longest = tracedStretch;
    memory.i32[words.ring >> 2] = transferRing.start;
    if (translate)
      this.translator = new Translator(
        this.blocks,
        set,
        interpreter,
        (rec) => code.flow(rec),
        slots,
        translate,
      );
  }

  /** The TypeScript side of the border. */
  #imports(): Imports<typeof border> {
    const { retirement, linear, architecture } = this;
    return {
      translateRead: (rec, page, offset, bytes) => {
        retirement.record = rec;
        return linear.place(page, offset, bytes, ACCESS.READ);
      },
      translateWrite: (rec, page, offset, bytes) => {
        retirement.record = rec;
        return linear.place(page, offset, bytes, ACCESS.WRITE);
      },
      translateModify: (rec, page, offset, bytes) => {
        retirement.record = rec;
        return linear.placeModify(page, offset, bytes);
      },
      finishWrite: () => linear.finishWrite(),
      raise: (rec, number) => {
        retirement.record = rec;
        architecture.raise(number);
      },
      fillLink: (at) => this.#fillLink(at),
      lookup: (page, offset) => this.#lookup(page, offset),
      system: (rec) => {
        retirement.record = rec;
        const next = architecture.system(rec);
        retirement.record = 0;
        return next;
      },
      slow: (rec, number) => {
        retirement.record = rec;
        architecture.slow(number);
        retirement.record = 0;
      },
      refetch: (rec) => {
        retirement.refetch(rec);
        return 0;
      },
      hot: (block) => this.#hot(block),
    };
  }

  #fillLink(at: number): number {
    const { i32 } = this.memory;
    const low = i32[(at + link.pc) >> 2]!;
    const high = i32[(at + link.pc + 4) >> 2]!;
    i32[words.pc >> 2] = low;
    i32[(words.pc + 4) >> 2] = high;
    this.retirement.record = 0;
    const { generation } = this.blocks;
    i32[words.via >> 2] = at;
    const found = this.blocks.findAt(low, high);
    i32[words.via >> 2] = 0;
    if (generation === this.blocks.generation) {
      i32[(at + link.epoch) >> 2] = i32[words.epoch >> 2]!;
      i32[(at + link.block) >> 2] = found.at;
    }
    return found.at;
  }

  #lookup(page: number, offset: number): number {
    const { i32 } = this.memory;
    i32[words.pc >> 2] = (page * 4096) | offset;
    i32[(words.pc + 4) >> 2] = Math.floor(page / 0x100000) | 0;
    this.retirement.record = 0;
    const found = this.blocks.find(page, offset);
    enterPcCache(this.memory, found);
    return found.at;
  }

  /** A block has become hot: generated code, which may go round in it for long, comes back to have it translated. */
  #hot(block: number): void {
    const patience = this.translator?.want(block);
    if (patience !== undefined) this.retirement.cutIn(patience);
  }

  /** Physical page of a linear code page; raises a fault. Each page is walked once in an epoch. */
  fetchFrame(page: number, offset: number): number {
    const { addressing } = this.architecture;
    const fetches = this.epochs.fetches(addressing.user);
    const known = fetches.find(page);
    if (known !== undefined) return known;
    const { frame, span, global } = addressing.translate(page, offset, ACCESS.FETCH);
    if (span > 1) this.tlb.noteLarge(page, span);
    fetches.enter(page, frame, global);
    return frame;
  }

  /** Whoever follows control, if somebody does. */
  get tracer(): Tracer | undefined {
    return this.#tracer;
  }

  /** Has somebody follow control from now on. Only between runs, and with an instruction set that traces. */
  trace(tracer: Tracer): void {
    if (!this.compiled.set.traces) throw new Error('the code of this instruction set does not trace');
    this.#tracer = tracer;
    this.blocks.marks = tracer.marks;
    this.retirement.onCut = this.blocks.onFlush = () => this.handOver();
    this.blocks.flush();
  }

  /** Hands the transfers so far to the tracer. */
  handOver(): void {
    const { i32 } = this.memory;
    const to = i32[words.ring >> 2]!;
    i32[words.ring >> 2] = transferRing.start;
    if (to > transferRing.start)
      this.#tracer?.transfers(i32, transferRing.start >> 2, to >> 2, this.retirement.end);
  }

  /** Behind a stretch. */
  #settle(): void {
    this.handOver();
    this.retirement.settle();
    this.#tracer?.ended(this.retirement.retired);
  }

  /** Ends the current run after the current instruction. */
  stop(reason: StopReason): void {
    this.#stop = reason;
    this.retirement.lookAgain();
  }

  /** Ends it before the next stretch. */
  endRun(reason: StopReason): void {
    this.#stop = reason;
  }

  /**
   * Runs until `until` instructions have retired (absolute), or the processor halts, shuts down or is stopped. What waits is
   * delivered between instructions; devices are the caller's.
   */
  run(until: number): StopReason {
    const { retirement, architecture } = this;
    this.#stop = undefined;
    retirement.startRun(until);
    for (;;) {
      if (this.#stop) return this.#stop;
      if (architecture.attend()) continue;
      if (architecture.halted) return 'halt';
      const budget = Math.min(retirement.left(), this.#longest);
      if (budget <= 0) return 'budget';
      architecture.advance(budget);
    }
  }

  /**
   * Executes at most `budget` instructions; returns early whenever the world must be looked at. False when nothing
   * was executed to its end: a fault, or code that had to be decoded again.
   */
  execute(budget: number): boolean {
    const { memory, retirement, architecture, translator } = this;
    const { i32 } = memory;
    const before = retirement.retired;
    architecture.stretchBegins();
    retirement.begin(budget);
    if (translator?.due(before)) translator.translate(before);
    try {
      const found = this.blocks.findAt(i32[words.pc >> 2]!, i32[(words.pc + 4) >> 2]!);
      // Whoever watches blocks being decoded may have asked to stop: then the budget was cut meanwhile.
      if (i32[words.remaining >> 2] !== budget) {
        this.#settle();
        return false;
      }
      let { at, count } = found as { at: number; count: number };
      if (count > budget) {
        at = this.blocks.truncated(found, budget);
        count = budget;
      }
      i32[words.remaining >> 2] = budget - count;
      this.#tracer?.begins(found, before);
      this.#run(at + header.size);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      architecture.settle();
      if (retirement.record === 0 && architecture.trapsFirst()) {
        this.#settle();
        architecture.stretchEnded();
        return true;
      }
      const behind = retirement.undo(thrown.trap);
      this.#settle();
      architecture.stretchEnded();
      architecture.fault(thrown, behind);
      return false;
    }
    this.#settle();
    architecture.stretchEnded();
    if (i32[words.attention >> 2] === attention.mode) architecture.modeChanged();
    return retirement.retired > before;
  }
}
