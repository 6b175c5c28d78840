import type { AccessSize, Device } from '../bus.js';

/** Configuration header (PCI 3.0 section 6.1); offsets in bytes. */
const header = {
  vendor: 0x00,
  device: 0x02,
  command: 0x04,
  revision: 0x08,
  subclass: 0x0a,
  class: 0x0b,
  type: 0x0e,
};

const addressEnable = 0x80000000;

/** A function of bus 0 that has configuration registers only. */
export interface PciFunction {
  /** Device number (0–31) and function (0–7). */
  readonly slot: number;
  readonly fn: number;
  readonly vendor: number;
  readonly device: number;
  /** Base class and subclass, as in 0x0600. */
  readonly class: number;
  readonly multifunction?: boolean;
}

/** Intel 82441FX host bridge. */
export const hostBridge: PciFunction = { slot: 0, fn: 0, vendor: 0x8086, device: 0x1237, class: 0x0600 };
/** Intel 82371SB (PIIX3) ISA bridge. */
export const isaBridge: PciFunction = {
  slot: 1,
  fn: 0,
  vendor: 0x8086,
  device: 0x7000,
  class: 0x0601,
  multifunction: true,
};

/**
 * PCI configuration mechanism #1 at CF8 and CFC (PCI 3.0 section 3.2.2.3.2) with functions on bus 0 that have
 * no base addresses. Everything else reads all ones. CF9 belongs to the reset control.
 */
export class PciHost implements Device {
  readonly id = 'pci-host';
  readonly ports = [
    { first: 0xcf8, count: 1, width: 4 },
    { first: 0xcfa, count: 2, width: 1 },
    { first: 0xcfc, count: 4, width: 4 },
  ] as const;
  #address = 0;
  /** By device and function number. */
  readonly #spaces = new Map<number, DataView>();

  constructor(functions: readonly PciFunction[]) {
    for (const { slot, fn, vendor, device, class: code, multifunction } of functions) {
      const space = new DataView(new ArrayBuffer(256));
      space.setUint16(header.vendor, vendor, true);
      space.setUint16(header.device, device, true);
      space.setUint16(header.command, 0x0007, true);
      space.setUint8(header.revision, 0x02);
      space.setUint8(header.subclass, code & 0xff);
      space.setUint8(header.class, code >> 8);
      space.setUint8(header.type, multifunction ? 0x80 : 0);
      this.#spaces.set((slot << 3) | fn, space);
    }
  }

  /** Configuration space under the address register, undefined when nobody is there. */
  #selected(): DataView | undefined {
    if (!(this.#address & addressEnable) || (this.#address >>> 16) & 0xff) return undefined;
    return this.#spaces.get((this.#address >>> 8) & 0xff);
  }

  in(port: number, size: AccessSize): number {
    const ones = size === 4 ? 0xffffffff : size === 2 ? 0xffff : 0xff;
    // The address register answers 32-bit accesses only.
    if (port < 0xcfc) return size === 4 && port === 0xcf8 ? this.#address : ones;
    const space = this.#selected();
    const at = (this.#address & 0xfc) + (port & 3);
    if (!space || at + size > 256) return ones;
    return size === 4
      ? space.getUint32(at, true)
      : size === 2
        ? space.getUint16(at, true)
        : space.getUint8(at);
  }

  out(port: number, size: AccessSize, value: number): void {
    if (port < 0xcfc) {
      if (size === 4 && port === 0xcf8) this.#address = (value & 0x80fffffc) >>> 0;
      return;
    }
    const space = this.#selected();
    if (!space) return;
    for (let i = 0; i < size; i++) {
      const at = (this.#address & 0xfc) + (port & 3) + i;
      // Device-specific registers are plain storage; identity, status and base addresses do not change.
      if (at >= 0x40 && at < 256) space.setUint8(at, (value >>> (8 * i)) & 0xff);
    }
  }

  save(put: (value: number) => void): void {
    put(this.#address);
    for (const space of this.#spaces.values())
      for (let at = 0; at < 256; at += 4) put(space.getUint32(at, true));
  }
}
