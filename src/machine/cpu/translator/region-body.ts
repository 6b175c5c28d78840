import type { PhysicalMemory } from '../../memory.js';
import type { Body, I32, Local } from '../../wasm/code.js';
import { i32 } from '../../wasm/code.js';
import type { Library } from '../emitter.js';
import { regionExit } from '../interpreter.js';
import { block as header, record } from '../record.js';
import { state } from '../state.js';
import { DeferredFlags, type FlagsPlace } from './deferred-flags.js';
import { Registers, type RegistersKnown } from './registers.js';
import { Untranslatable } from './untranslatable.js';

const nowhere = i32.const(0);

/** Translated code calls nothing: whoever wants a function of the interpreter's module cannot be translated. */
const noLibrary = new Proxy({} as Library, {
  get: () => {
    throw new Untranslatable('calls the interpreter');
  },
});

/** What is known at a point of a region when it is translated. */
export interface Known {
  readonly registers: RegistersKnown;
  readonly flags: FlagsPlace;
}

/** What all instructions of a region's function share. */
export class RegionBody {
  readonly library = noLibrary;
  readonly flags: DeferredFlags;
  readonly registers: Registers;
  /** `state.remaining` while the function runs. */
  readonly left: Local<'i32'>;
  /** `state.tlb`, which changes only outside translated code. */
  readonly tlb: Local<'i32'>;

  constructor(
    readonly body: Body,
    readonly memory: PhysicalMemory,
    knowFlags: number,
    /** Segment registers that are flat whenever the function runs on: see `state.flatSegments`. */
    readonly flatSegments: number,
  ) {
    this.left = body.permanent('i32');
    this.tlb = body.permanent('i32');
    this.flags = new DeferredFlags(body, knowFlags);
    this.registers = new Registers(body);
    if (flatSegments) {
      const flat = i32.and(i32.load(nowhere, state.flatSegments), i32.const(flatSegments));
      body.if(i32.ne(flat, i32.const(flatSegments)), () => body.return(i32.const(regionExit.interpret)));
    }
    body.set(this.left, i32.load(nowhere, state.remaining));
    body.set(this.tlb, i32.load(nowhere, state.tlb));
  }

  get known(): Known {
    return { registers: this.registers.known, flags: this.flags.place };
  }

  /** Goes on emitting where the block that is open now begins, knowing so much. */
  assume({ registers, flags }: Known): void {
    this.registers.assume(registers);
    this.flags.assume(flags);
    this.registers.baseDepth = this.flags.baseDepth = this.body.depth;
  }

  /** Leaves the function with a value as `regionExit` says. */
  leave(value: I32): void {
    const { body } = this;
    this.flags.spill();
    body.storeI32(nowhere, this.left, state.remaining);
    body.return(value);
  }

  /** Is a segment register taken to be flat? */
  flat(index: number): boolean {
    return ((this.flatSegments >> index) & 1) !== 0;
  }

  /** Instructions of a record's block from the record on. */
  unretired(at: number): number {
    const { u8, i32: words } = this.memory;
    const place = u8[at + record.place]! & 63;
    const start = at - place * record.size - header.size;
    return words[(start + header.count) >> 2]! - place;
  }
}

/** At the entry of a function and wherever blocks meet. */
export const nothingKnown: Known = { registers: { loaded: 0, narrow: 0 }, flags: 'memory' };
