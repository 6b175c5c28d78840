import type { AccessSize, Device } from '../bus.js';

const testMemory = { start: 0xff000000, size: 0x10000 } as const;

const lines = { first: 0x2000, count: 24 } as const;

/**
 * QEMU's pc-testdev, which kvm-unit-tests use: a 32-bit register at ports E0–E3 (again at E8, EA and EB, a byte at a time; E9 is the
 * debug console's), a page flush at E4 that is nothing here, the wires of interrupts 0–23 as bytes at 2000–2017, and 64 KiB of
 * memory behind FF000000 that every access goes to as to a device.
 */
export class PcTestdev implements Device {
  readonly id = 'pc-testdev';
  readonly ports = [
    { first: 0xe0, count: 4, width: 4 },
    { first: 0xe4, count: 4, width: 4 },
    { first: 0xe8, count: 1, width: 1 },
    { first: 0xea, count: 2, width: 1 },
    { ...lines, width: 1 },
  ] as const;
  readonly mmio = [testMemory];
  #register = 0;
  readonly #memory = new Uint8Array(testMemory.size);

  /** `setLine`: drives the wire of an interrupt, 0–15 of ISA, 16–23 of the I/O APIC alone. */
  constructor(readonly setLine: (irq: number, level: boolean) => void) {}

  in(port: number, size: AccessSize): number {
    if (port >= lines.first || (port & 0xfc) === 0xe4) return 0;
    return ((this.#register >>> ((port & 3) * 8)) & mask(size)) >>> 0;
  }

  out(port: number, size: AccessSize, value: number): void {
    if (port >= lines.first) {
      this.setLine(port - lines.first, value !== 0);
    } else if ((port & 0xfc) !== 0xe4) {
      const shift = (port & 3) * 8;
      this.#register = (this.#register & ~(mask(size) << shift)) | (value << shift);
    }
  }

  read(address: number, size: AccessSize): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.#memory[address - testMemory.start + i]!;
    return value;
  }

  write(address: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) this.#memory[address - testMemory.start + i] = value >>> (8 * i);
  }

  save(put: (value: number) => void): void {
    put(this.#register);
    for (const byte of this.#memory) put(byte);
  }
}

function mask(size: AccessSize): number {
  return size === 4 ? -1 : (1 << (8 * size)) - 1;
}
