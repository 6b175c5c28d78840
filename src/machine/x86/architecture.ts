import { VECTOR } from '../../abi/x86/vectors.js';
import type { Architecture } from '../engine/architecture.js';
import type { Fault } from '../engine/fault.js';
import type { HandlerTable } from '../engine/interpreter/interpreter.js';
import type { Imports } from '../engine/interpreter/library.js';
import { record } from '../engine/record.js';
import type { Tracer } from '../engine/transfers.js';
import type { X86Addressing } from './addressing.js';
import type { x86Border } from './border.js';
import type { X86Code } from './code.js';
import type { Events } from './exceptions/events.js';
import { type GuestFault, raise } from './exceptions/fault.js';
import { systemKeys, type X86Handler } from './handlers.js';
import type { Processor } from './processor.js';
import { segmentIndex, segmentOffset, state } from './state.js';

/** What it is made of beside what instructions see. */
interface Parts extends Processor {
  readonly code: X86Code;
  readonly addressing: X86Addressing;
  readonly events: Events;
  readonly engine: Processor['engine'] & { readonly tracer: Tracer | undefined; readonly settle: () => void };
}

/** An x86 processor as the engine sees it. @unsaved has nothing of its own but what holds while a stretch runs */
export class X86Architecture implements Architecture<typeof x86Border> {
  readonly code: X86Code;
  readonly addressing: X86Addressing;
  readonly imports: Imports<typeof x86Border>;
  /** The stretch began under an interrupt shadow. */
  #shadow = false;

  constructor(
    readonly cpu: Parts,
    { slots }: HandlerTable<X86Handler>,
  ) {
    const { code, addressing, memory } = cpu;
    this.code = code;
    this.addressing = addressing;
    const checked = slots.get(systemKeys.g)!;
    this.imports = {
      segmentFault: (rec: number, at: number) => {
        cpu.engine.retirement.record = rec;
        if (memory.u16[(rec + record.handler) >> 1] === checked)
          code.systemInstruction(rec).description.guard?.(cpu);
        raise(at === segmentOffset(segmentIndex.ss) ? VECTOR.SS : VECTOR.GP, 0);
      },
    };
  }

  raise(vector: number): never {
    raise(vector);
  }

  slow(encoding: number): void {
    this.code.decoder.encodings[encoding]!.description.slow!(this.cpu);
  }

  system(rec: number): number {
    const { cpu } = this;
    const { retirement } = cpu.engine;
    const instruction = this.code.systemInstruction(rec);
    cpu.operandAddress = cpu.memory.view.getBigInt64(state.address, true);
    const { description } = instruction;
    if (description.ends === false) {
      description.system!(cpu, instruction);
      if (cpu.betweenIterations) return retirement.leaveBehind(rec, instruction.pc);
      if (retirement.exhausted) return retirement.leaveBehind(rec, instruction.next);
      return rec + record.size;
    }
    cpu.nextRip = instruction.next;
    const shadow = cpu.interruptShadow;
    description.system!(cpu, instruction);
    if (cpu.engine.tracer) cpu.memory.i32[(state.note + 4) >> 2] = Number(BigInt.asIntN(32, instruction.pc));
    cpu.rip = cpu.nextRip;
    if (shadow) cpu.interruptShadow = false;
    return 0;
  }

  attend(): boolean {
    return this.cpu.events.attend();
  }

  get halted(): boolean {
    return this.cpu.halted;
  }

  advance(budget: number): void {
    this.cpu.events.advance(budget);
  }

  /** RDTSC counts down from there: see `state.timeStampEnd`. */
  stretchEnds(end: number): void {
    const { timeStampOffset, memory } = this.cpu;
    const { view, i32 } = memory;
    if (timeStampOffset === 0n) {
      i32[state.timeStampEnd >> 2] = end | 0;
      i32[(state.timeStampEnd + 4) >> 2] = Math.floor(end / 0x100000000);
    } else view.setBigInt64(state.timeStampEnd, BigInt.asIntN(64, BigInt(end) + timeStampOffset), true);
  }

  stretchBegins(): void {
    this.cpu.events.stretchBegins();
    this.#shadow = this.cpu.interruptShadow;
  }

  stretchEnded(): void {
    if (this.#shadow) this.cpu.interruptShadow = false;
  }

  settle(): void {
    const { memory, engine } = this.cpu;
    if (memory.i32[state.flagsKind >> 2]) engine.settle();
  }

  trapsFirst(): boolean {
    return this.cpu.events.trapsFirst();
  }

  fault(thrown: Fault, behind: number): void {
    this.cpu.events.fault(thrown as GuestFault, behind);
  }

  modeChanged(): void {
    this.cpu.modeChanged();
  }
}
