import type { Machine } from '../../machine/machine.js';
import type { Watch } from '../../machine/observe.js';
import { type Moment, momentOf } from '../learned/moment.js';

/** Who wrote the bytes of some tables last. */
export class OpWriters {
  readonly #ranges: { readonly start: number; readonly end: number }[] = [];
  #watch: Watch | undefined;
  readonly #last = new Map<number, Moment>();

  constructor(readonly machine: Machine) {}

  /** Watches physical ranges from now on. */
  watch(ranges: readonly { readonly start: number; readonly size: number }[]): void {
    this.#watch ??= this.machine.cpu.engine.linear.watched.watch(this.#accessed, { reads: false });
    for (const { start, size } of ranges) {
      this.#ranges.push({ start, end: start + size });
      this.#watch.add(start, size);
    }
  }

  /** By physical address of the byte; stays as it is now. */
  snapshot(): ReadonlyMap<number, Moment> {
    return new Map(this.#last);
  }

  readonly #accessed = (at: number, bytes: number): void => {
    let moment: Moment | undefined;
    for (const { start, end } of this.#ranges) {
      const from = Math.max(at, start);
      const to = Math.min(at + bytes, end);
      for (let place = from; place < to; place++) this.#last.set(place, (moment ??= momentOf(this.machine)));
    }
  };
}
