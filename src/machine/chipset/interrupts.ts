import type { IoApic } from '../devices/ioapic.js';
import { deliveryMode, type LocalApic } from '../devices/lapic.js';
import type { Pic8259 } from '../devices/pic8259.js';
import type { Put, Saved } from '../saved.js';

/** What the processor sees of interrupt delivery: the local APIC and, through LINT0 or the I/O APIC, the 8259 pair. */
export class Interrupts implements Saved {
  /** Called when `pending()` may have changed. @unsaved wiring */
  onChange: () => void = () => {};
  /** A non-maskable interrupt arrives. @unsaved wiring */
  onNmi: () => void = () => {};
  /** INIT: the only processor starts again where firmware would. SMI and startup messages do nothing: no SMM, no others. @unsaved wiring */
  onInit: () => void = () => {};

  /** `pic`: undefined where the machine has none. */
  constructor(
    readonly lapic: LocalApic,
    readonly pic: Pic8259 | undefined,
    readonly ioapic: IoApic,
  ) {
    lapic.onMessage = (mode) => {
      if (mode === deliveryMode.nmi) this.onNmi();
      if (mode === deliveryMode.init) this.onInit();
    };
    lapic.onChange = () => this.onChange();
    if (pic) pic.onChange = () => this.onChange();
  }

  /** A hypervisor gives the processor a vector past all controllers; undefined takes it back. */
  inject(vector: number | undefined): void {
    this.#injected = vector;
    this.onChange();
  }

  /** What waits to be taken, if anything was injected. */
  get injected(): number | undefined {
    return this.#injected;
  }

  #injected: number | undefined;

  save(put: Put): void {
    put(this.#injected);
  }

  #externalPending(): boolean {
    return this.pic?.pending() === true && (this.lapic.acceptsExtInt || this.ioapic.acceptsExtInt);
  }

  /** An interrupt waits for a processor that takes one (RFLAGS.IF is the processor's to check). */
  pending(): boolean {
    return this.#injected !== undefined || this.#externalPending() || this.lapic.pending();
  }

  /** The processor takes the interrupt: its vector. An ExtINT comes first; task priority does not hold it back. */
  acknowledge(): number {
    if (this.#injected !== undefined) {
      const vector = this.#injected;
      this.inject(undefined);
      return vector;
    }
    return this.#externalPending() ? this.pic!.acknowledge() : this.lapic.acknowledge();
  }
}
