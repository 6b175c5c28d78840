import { xenConsoleRing } from '../../abi/xen.js';
import type { Put, Saved } from '../../machine/saved.js';
import type { XenDomain } from './domain.js';

const IN = 1024;
const OUT = 2048;
const { in: input, out: output, in_cons, in_prod, out_cons, out_prod } = xenConsoleRing.fields;

/** The other end of a paravirtual console (hvc0): what xenconsoled is to a real one. */
export class ConsoleRing implements Saved {
  readonly #typed: number[] = [];

  /** `at`: machine address of the ring; `port`: the guest's event channel. */
  constructor(
    readonly domain: XenDomain,
    readonly at: number,
    readonly port: number,
    readonly onByte: (byte: number) => void,
  ) {}

  save(put: Put): void {
    put(Uint8Array.from(this.#typed));
  }

  /** The guest has rung: takes what it wrote, and gives it what is to be read. */
  service(): void {
    const { memory } = this.domain.machine;
    const from = memory.read32(this.at + out_cons.offset);
    const to = memory.read32(this.at + out_prod.offset);
    const waiting = (to - from) >>> 0;
    // A producer index that runs ahead by more than the ring holds is nonsense: xenconsoled skips it too.
    const bytes = waiting > OUT ? 0 : waiting;
    for (let i = 0; i < bytes; i++) {
      const place = this.at + output.offset + ((from + i) & (OUT - 1));
      this.onByte(memory.guestView.getUint8(place));
    }
    if (waiting === 0) {
      this.#fill();
      return;
    }
    memory.write32(this.at + out_cons.offset, to);
    this.#fill();
    this.domain.events.raise(this.port);
  }

  /** Somebody typed. */
  receive(byte: number): void {
    this.#typed.push(byte);
    if (this.#fill()) this.domain.events.raise(this.port);
  }

  #fill(): boolean {
    const { memory } = this.domain.machine;
    let producer = memory.read32(this.at + in_prod.offset);
    const consumer = memory.read32(this.at + in_cons.offset);
    let filled = false;
    while (this.#typed.length > 0 && (producer - consumer) >>> 0 < IN) {
      const place = this.at + input.offset + (producer & (IN - 1));
      memory.guestView.setUint8(place, this.#typed.shift()!);
      producer = (producer + 1) >>> 0;
      filled = true;
    }
    if (filled) memory.write32(this.at + in_prod.offset, producer);
    return filled;
  }
}
