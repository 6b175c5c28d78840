import type { LocalApic } from '../devices/lapic.js';
import type { Pic8259 } from '../devices/pic8259.js';

/** What the processor sees of interrupt delivery: the local APIC and, through LINT0, the 8259 pair. */
export class Interrupts {
  /** Called when `pending()` may have changed. */
  onChange: () => void = () => {};

  /** `pic`: undefined where the machine has none. */
  constructor(
    readonly lapic: LocalApic,
    readonly pic: Pic8259 | undefined,
  ) {
    lapic.onChange = () => this.onChange();
    if (pic) pic.onChange = () => this.onChange();
  }

  #externalPending(): boolean {
    return this.pic?.pending() === true && this.lapic.acceptsExtInt;
  }

  /** An interrupt waits for a processor that takes one (RFLAGS.IF is the processor's to check). */
  pending(): boolean {
    return this.#externalPending() || this.lapic.pending();
  }

  /** The processor takes the interrupt: its vector. An ExtINT comes first; task priority does not hold it back. */
  acknowledge(): number {
    return this.#externalPending() ? this.pic!.acknowledge() : this.lapic.acknowledge();
  }
}
