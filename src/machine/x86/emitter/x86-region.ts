import { GPR } from '../../../abi/x86/registers.js';
import type { Ending, RegionFrame, RegionState } from '../../engine/architecture.js';
import { here } from '../../engine/layout.js';
import type { Plan } from '../../engine/translator/plan.js';
import { Untranslatable } from '../../engine/translator/untranslatable.js';
import type { PhysicalMemory } from '../../memory.js';
import { type Body, i32 } from '../../wasm/code.js';
import { DeferredFlags, type FlagsPlace } from '../flags/deferred-flags.js';
import { emitInstruction, type X86Handler } from '../handlers.js';
import { state } from '../state.js';
import { RegionEmitter } from './region-emitter.js';
import { flatSegments, namedRegisters } from './region-facts.js';
import { Registers, type RegistersKnown } from './registers.js';

/** What is known at a point of a region when it is translated. */
export interface Known {
  readonly registers: RegistersKnown;
  readonly flags: FlagsPlace;
}

/** What translated x86 code keeps in locals: general registers, and the operands that flags follow from. */
export class X86Region implements RegionState<X86Handler, Known> {
  readonly flags: DeferredFlags;
  readonly registers: Registers;
  /** In an order in which the others go to the first. */
  readonly places: readonly FlagsPlace[] = ['any', 'known', 'logic', 'add', 'sub', 'inc', 'dec'];
  atRoots: Known = { registers: { loaded: 0, narrow: 0 }, flags: 'any' };
  /** Segment registers that are flat whenever the function runs on: see `state.flatSegments`. */
  readonly #flatSegments: number;

  constructor(
    readonly body: Body,
    readonly plan: Plan,
    readonly memory: PhysicalMemory,
    lazyAux: number,
    readonly traced: boolean,
  ) {
    this.#flatSegments = flatSegments(plan, memory);
    this.flags = new DeferredFlags(body, lazyAux);
    this.registers = new Registers(body);
  }

  guard(leave: () => void): void {
    if (!this.#flatSegments) return;
    const wanted = i32.const(this.#flatSegments);
    const flat = i32.and(i32.load(here, state.flatSegments), wanted);
    this.body.if(i32.ne(flat, wanted), leave);
  }

  load(): void {
    this.flags.readState();
    this.assume(this.atRoots);
    this.registers.load(namedRegisters(this.plan, this.memory) | (1 << RSP));
    this.atRoots = { registers: { loaded: this.registers.known.loaded, narrow: 0 }, flags: 'any' };
  }

  get known(): Known {
    return { registers: this.registers.known, flags: this.flags.place };
  }

  assume({ registers, flags }: Known): void {
    this.registers.assume(registers);
    this.flags.assume(flags);
    this.registers.baseDepth = this.flags.baseDepth = this.body.depth;
  }

  get place(): FlagsPlace {
    return this.flags.place;
  }

  set place(place: FlagsPlace) {
    this.flags.assume(place);
  }

  settle(): void {
    this.flags.settle();
  }

  /** Registers are written to memory at once. */
  store(): void {
    this.flags.writeState();
  }

  /** Is a segment register taken to be flat? */
  flat(index: number): boolean {
    return ((this.#flatSegments >> index) & 1) !== 0;
  }

  instruction(frame: RegionFrame, at: number, handler: X86Handler): Ending {
    if (!handler.encoding) throw new Untranslatable('a system instruction');
    const emitter = new RegionEmitter(frame, this, at, handler);
    emitInstruction(emitter, handler.encoding, handler.repeated);
    return emitter.ending ?? { kind: 'next' };
  }
}

const { RSP } = GPR;
