import type { PhysicalMemory } from '../../memory.js';
import { type Body, type I32, i32, type Local } from '../../wasm/code.js';
import type { Ending, Handler, RegionFrame, RegionState } from '../architecture.js';
import { here, words } from '../layout.js';
import { block as header, record, regionExit } from '../record.js';

/** What all instructions of a region's function share. */
export class RegionBody<H extends Handler> implements RegionFrame {
  readonly left: Local<'i32'>;
  readonly tlb: Local<'i32'>;
  /** What the function returns, and the labels of the ways out. */
  readonly #exit: Local<'i32'>;
  readonly #ways = new Map<string, number>();
  readonly state: RegionState<H>;

  constructor(
    readonly body: Body,
    readonly memory: PhysicalMemory,
    makeState: (body: Body) => RegionState<H>,
  ) {
    this.left = body.permanent('i32');
    this.tlb = body.permanent('i32');
    this.#exit = body.permanent('i32');
    this.state = makeState(body);
    this.state.guard(() => body.return(i32.const(regionExit.interpret)));
    body.set(this.left, i32.load(here, words.remaining));
    body.set(this.tlb, i32.load(here, words.tlb));
    this.state.load();
  }

  /**
   * Emits the whole function: inside, `leave` branches to one of the ways out behind it, which differ by what is known of
   * the state. So there is no more of each than one.
   */
  enclose(inside: () => void): void {
    const { body, state } = this;
    const { places } = state;
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
      state.place = place;
      state.settle();
      if (i > 0) body.branch(this.#ways.get(places[0]!)!);
    };
    nest(0);
    state.store();
    body.storeI32(here, this.left, words.remaining);
    body.return(this.#exit);
    body.unreachable();
  }

  leave(value: I32): void {
    const { body } = this;
    body.set(this.#exit, value);
    body.branch(this.#ways.get(this.state.place)!);
  }

  unretired(at: number): number {
    const { u8, i32: words } = this.memory;
    const place = u8[at + record.place]! & 63;
    const start = at - place * record.size - header.size;
    return words[(start + header.count) >> 2]! - place;
  }

  instruction(at: number, handler: H): Ending {
    return this.state.instruction(this, at, handler);
  }
}
