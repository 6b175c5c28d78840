import type { PhysicalMemory } from '../../memory.js';
import type { Body, I32, Local } from '../../wasm/code.js';
import { i32 } from '../../wasm/code.js';
import type { Library } from '../../x86/emitter/emitter.js';
import { flatSegments, namedRegisters } from '../../x86/emitter/region-facts.js';
import { Registers, type RegistersKnown } from '../../x86/emitter/registers.js';
import { DeferredFlags, type FlagsPlace } from '../../x86/flags/deferred-flags.js';
import { state } from '../../x86/state.js';
import { regionExit } from '../interpreter/interpreter.js';
import { here, words } from '../layout.js';
import { block as header, record } from '../record.js';
import type { Plan } from './plan.js';
import { Untranslatable } from './untranslatable.js';

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
  /** `words.remaining` while the function runs. */
  readonly left: Local<'i32'>;
  /** `words.tlb`, which changes only outside translated code. */
  readonly tlb: Local<'i32'>;
  /** What is known wherever blocks meet. */
  readonly atRoots: Known;
  /** What the function returns, and the labels of the ways out. */
  readonly #exit: Local<'i32'>;
  readonly #ways = new Map<FlagsPlace, number>();
  /** Segment registers that are flat whenever the function runs on: see `state.flatSegments`. */
  readonly #flatSegments: number;

  constructor(
    readonly body: Body,
    plan: Plan,
    readonly memory: PhysicalMemory,
    lazyAux: number,
  ) {
    this.#flatSegments = flatSegments(plan, memory);
    this.left = body.permanent('i32');
    this.tlb = body.permanent('i32');
    this.#exit = body.permanent('i32');
    this.flags = new DeferredFlags(body, lazyAux);
    this.registers = new Registers(body);
    if (this.#flatSegments) {
      const wanted = i32.const(this.#flatSegments);
      const flat = i32.and(i32.load(here, state.flatSegments), wanted);
      body.if(i32.ne(flat, wanted), () => body.return(i32.const(regionExit.interpret)));
    }
    body.set(this.left, i32.load(here, words.remaining));
    body.set(this.tlb, i32.load(here, words.tlb));
    this.flags.readState();
    this.assume({ registers: { loaded: 0, narrow: 0 }, flags: 'any' });
    this.registers.load(namedRegisters(plan, memory) | (1 << RSP));
    this.atRoots = { registers: { loaded: this.registers.known.loaded, narrow: 0 }, flags: 'any' };
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

  /**
   * Emits the whole function: inside, `leave` branches to one of the ways out behind it, which differ by what is known of
   * the flags. So there is no more of each than one.
   */
  enclose(inside: () => void): void {
    const { body } = this;
    const nest = (i: number): void => {
      if (i === places.length) {
        inside();
        return;
      }
      const place = places[i]!;
      body.block(() => {
        this.#ways.set(place, body.depth);
        nest(i + 1);
      });
      this.flags.assume(place);
      this.flags.settle();
      if (i > 0) body.branch(this.#ways.get('any')!);
    };
    nest(0);
    this.flags.writeState();
    body.storeI32(here, this.left, words.remaining);
    body.return(this.#exit);
    body.unreachable();
  }

  /** Leaves the function with a value as `regionExit` says. */
  leave(value: I32): void {
    const { body } = this;
    body.set(this.#exit, value);
    body.branch(this.#ways.get(this.flags.place)!);
  }

  /** Is a segment register taken to be flat? */
  flat(index: number): boolean {
    return ((this.#flatSegments >> index) & 1) !== 0;
  }

  /** Instructions of a record's block from the record on. */
  unretired(at: number): number {
    const { u8, i32: words } = this.memory;
    const place = u8[at + record.place]! & 63;
    const start = at - place * record.size - header.size;
    return words[(start + header.count) >> 2]! - place;
  }
}

/** What can be known of the flags where control leaves; 'any' first, since the others go there. */
const places: readonly FlagsPlace[] = ['any', 'known', 'logic', 'add', 'sub', 'inc', 'dec'];

const RSP = 4;
