import type { Machine } from '../../machine/machine.js';
import { type Moment, momentOf } from '../learned/moment.js';

/** Who wrote the bytes of some tables last. */
export class OpWriters {
  readonly #ranges: { readonly start: number; readonly end: number }[] = [];
  readonly #last = new Map<number, Moment>();

  constructor(readonly machine: Machine) {}

  /** Watches physical ranges from now on. */
  watch(ranges: readonly { readonly start: number; readonly size: number }[]): void {
    const { watched } = this.machine.cpu.engine.linear;
    if (this.#ranges.length === 0) watched.listen(this.#accessed);
    for (const { start, size } of ranges) {
      this.#ranges.push({ start, end: start + size });
      watched.watch(start, size, false);
    }
  }

  /** By physical address of the byte; stays as it is now. */
  snapshot(): ReadonlyMap<number, Moment> {
    return new Map(this.#last);
  }

  readonly #accessed = (at: number, bytes: number, write: boolean): void => {
    if (!write) return;
    let moment: Moment | undefined;
    for (const { start, end } of this.#ranges) {
      const from = Math.max(at, start);
      const to = Math.min(at + bytes, end);
      for (let place = from; place < to; place++) this.#last.set(place, (moment ??= momentOf(this.machine)));
    }
  };
}
