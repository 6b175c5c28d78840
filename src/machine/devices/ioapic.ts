import type { AccessSize, Device, MmioRange } from '../bus.js';
import { deliveryMode, type LocalApic } from './lapic.js';

export const ioApicAddress = 0xfec00000;
export const ioApicPins = 24;

const offset = { index: 0x00, data: 0x10, endOfInterrupt: 0x40 } as const;
const register = { id: 0, version: 1, arbitration: 2, redirection: 0x10 } as const;
/** Version 20h, the first with an EOI register; highest entry in bits 23–16. */
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
 * Left out: SMI, NMI, INIT and ExtINT entries deliver nothing.
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
    if (this.#low[pin]! & entry.level) this.#serviceLevel(pin);
    // An edge on a masked input is lost (82093AA, 3.2.4).
    else if (rising && !(this.#low[pin]! & entry.masked)) this.#send(pin, false);
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
    const mode = (low >> 8) & 7;
    if (mode !== deliveryMode.fixed && mode !== deliveryMode.lowestPriority) return false;
    if (!this.#lapic.isDestination(this.#high[pin]! >>> 24, (low & entry.logical) !== 0)) return false;
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
      return;
    }
    let low = (value & entry.writable) | (this.#low[pin]! & entry.remoteIrr);
    // Switching to edge clears Remote IRR; software without the EOI register relies on it.
    if (!(low & entry.level)) low &= ~entry.remoteIrr;
    this.#low[pin] = low;
    if (low & entry.level) this.#serviceLevel(pin);
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
