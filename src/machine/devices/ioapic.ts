import type { AccessSize, Device, MmioRange } from '../bus.js';
import { deliveryMode, type LocalApic } from './lapic.js';

export const ioApicAddress = 0xfec00000;
const ioApicPins = 24;

const offset = { index: 0x00, data: 0x10, endOfInterrupt: 0x40 } as const;
const register = { id: 0, version: 1, arbitration: 2, redirection: 0x10 } as const;
/** Version 20h, the first with an EOI register; highest entry in bits 23–16. */
/** Delivery modes that ask for no EOI. */
const messages: readonly number[] = [deliveryMode.smi, deliveryMode.nmi, deliveryMode.init];

const version = 0x20 | ((ioApicPins - 1) << 16);

const entry = {
  vector: 0xff,
  logical: 1 << 11,
  deliveryStatus: 1 << 12,
  remoteIrr: 1 << 14,
  level: 1 << 15,
  masked: 1 << 16,
  writable: 0x1afff,
} as const;

/**
 * I/O APIC with 24 inputs (Intel 82093AA datasheet; EOI register as in ICH datasheets) for one local APIC.
 * Inputs are logical: the polarity bit is kept but taken to match the wiring.
 * SMI, NMI and INIT entries are edge-triggered whatever they say (82093AA, 3.2.4). An ExtINT entry of input 0 lets the
 * 8259 pair through, whose INTR is wired to it (MP spec 3.6.2.2); of another input it does nothing.
 */
export class IoApic implements Device {
  readonly id = 'ioapic';
  readonly mmio: readonly MmioRange[] = [{ start: ioApicAddress, size: 0x1000 }];
  readonly #lapic: LocalApic;
  #index = 0;
  #apicId = 0;
  /** Asserted inputs, as bits. */
  #lines = 0;
  readonly #low = new Int32Array(ioApicPins).fill(entry.masked);
  readonly #high = new Int32Array(ioApicPins);

  constructor(lapic: LocalApic) {
    this.#lapic = lapic;
    lapic.onEndOfInterrupt = (vector) => this.endOfInterrupt(vector);
  }

  /** Asserts or releases input `pin`. */
  setInput(pin: number, level: boolean): void {
    const bit = 1 << pin;
    const rising = level && !(this.#lines & bit);
    this.#lines = level ? this.#lines | bit : this.#lines & ~bit;
    if (this.#isLevel(pin)) this.#serviceLevel(pin);
    // An edge on a masked input is lost (82093AA, 3.2.4).
    else if (rising && !(this.#low[pin]! & entry.masked)) this.#send(pin, false);
  }

  #mode(pin: number): number {
    return (this.#low[pin]! >> 8) & 7;
  }

  #isLevel(pin: number): boolean {
    return (this.#low[pin]! & entry.level) !== 0 && !messages.includes(this.#mode(pin));
  }

  #isMeant(pin: number): boolean {
    return this.#lapic.isDestination(this.#high[pin]! >>> 24, (this.#low[pin]! & entry.logical) !== 0);
  }

  /** The 8259 pair gets through to the processor. */
  get acceptsExtInt(): boolean {
    return !(this.#low[0]! & entry.masked) && this.#mode(0) === deliveryMode.extInt && this.#isMeant(0);
  }

  /** An input can raise an NMI. */
  get routesNmi(): boolean {
    return this.#low.some((low, pin) => !(low & entry.masked) && this.#mode(pin) === deliveryMode.nmi);
  }

  /** A level-triggered interrupt was serviced: inputs that are still asserted interrupt again. */
  endOfInterrupt(vector: number): void {
    for (let pin = 0; pin < ioApicPins; pin++) {
      const low = this.#low[pin]!;
      if ((low & entry.vector) !== vector || !(low & entry.remoteIrr)) continue;
      this.#low[pin] = low & ~entry.remoteIrr;
      this.#serviceLevel(pin);
    }
  }

  #serviceLevel(pin: number): void {
    const low = this.#low[pin]!;
    if (!(this.#lines & (1 << pin)) || low & (entry.masked | entry.remoteIrr)) return;
    if (this.#send(pin, true)) this.#low[pin] = low | entry.remoteIrr;
  }

  /** True when the local APIC accepted it. */
  #send(pin: number, level: boolean): boolean {
    const low = this.#low[pin]!;
    const mode = this.#mode(pin);
    if (!this.#isMeant(pin)) return false;
    if (messages.includes(mode)) this.#lapic.onMessage(mode, low & entry.vector);
    if (mode !== deliveryMode.fixed && mode !== deliveryMode.lowestPriority) return false;
    return this.#lapic.deliver(low & entry.vector, level);
  }

  #read(index: number): number {
    switch (index) {
      case register.id:
      case register.arbitration:
        return this.#apicId << 24;
      case register.version:
        return version;
      default: {
        const pin = (index - register.redirection) >> 1;
        if (pin < 0 || pin >= ioApicPins) return 0xffffffff;
        return (index & 1 ? this.#high[pin]! : this.#low[pin]!) >>> 0;
      }
    }
  }

  #write(index: number, value: number): void {
    if (index === register.id) {
      this.#apicId = (value >>> 24) & 15;
      return;
    }
    const pin = (index - register.redirection) >> 1;
    if (pin < 0 || pin >= ioApicPins) return;
    if (index & 1) {
      this.#high[pin] = value;
      this.#lapic.onChange();
      return;
    }
    let low = (value & entry.writable) | (this.#low[pin]! & entry.remoteIrr);
    // Switching to edge clears Remote IRR; software without the EOI register relies on it.
    if (!(low & entry.level)) low &= ~entry.remoteIrr;
    this.#low[pin] = low;
    if (this.#isLevel(pin)) this.#serviceLevel(pin);
    this.#lapic.onChange();
  }

  read(address: number, size: AccessSize): number {
    const at = address & 0xff;
    let value = 0;
    if (at === offset.index) value = this.#index;
    else if (at === offset.data) value = this.#read(this.#index);
    return size === 4 ? value : size === 2 ? value & 0xffff : value & 0xff;
  }

  write(address: number, size: AccessSize, value: number): void {
    const at = address & 0xff;
    if (at === offset.index) this.#index = value & 0xff;
    else if (size !== 4) return;
    else if (at === offset.data) this.#write(this.#index, value);
    else if (at === offset.endOfInterrupt) this.endOfInterrupt(value & 0xff);
  }

  save(put: (value: number) => void): void {
    put(this.#index);
    put(this.#apicId);
    put(this.#lines);
    for (let pin = 0; pin < ioApicPins; pin++) {
      put(this.#low[pin]!);
      put(this.#high[pin]!);
    }
  }
}
