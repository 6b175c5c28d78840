import { hex } from '../core/errors.js';
import type { Clock } from './clock.js';
import type { Saved } from './saved.js';

export type AccessSize = 1 | 2 | 4;

/** I/O ports a device answers: `count` ports from `first`, in accesses of at most `width` bytes; wider ones come split into bytes. */
export interface PortRange {
  readonly first: number;
  readonly count: number;
  readonly width: AccessSize;
}

/** Physical addresses a device answers, in bytes. */
export interface MmioRange {
  readonly start: number;
  readonly size: number;
}

/** A device as the bus sees it. Values are unsigned and no wider than the access. */
export interface Device extends Saved {
  readonly id: string;
  readonly ports?: readonly PortRange[];
  readonly mmio?: readonly MmioRange[];
  /** Reads `size` bytes at an owned port. */
  in?(port: number, size: AccessSize): number;
  out?(port: number, size: AccessSize, value: number): void;
  /** Reads `size` bytes at an owned physical address. */
  read?(address: number, size: AccessSize): number;
  write?(address: number, size: AccessSize, value: number): void;
}

/** One port access, as the autopsy shows it. */
export interface PortAccess {
  /** Virtual time in ns of the first of them. */
  readonly now: number;
  readonly port: number;
  readonly size: AccessSize;
  readonly value: number;
  readonly write: boolean;
  /** How many times in a row this same access with this same value was made. */
  readonly count: number;
}

const recorded = 256;
const fields = 6;

/** All ones in `size` bytes: what nobody answers with. */
function allOnes(size: AccessSize): number {
  return size === 4 ? 0xffffffff : size === 2 ? 0xffff : 0xff;
}

/**
 * Port and memory-mapped I/O. Ports and addresses nobody owns read all ones and swallow writes.
 * The caller brings the clock to the exact instruction before each access.
 * @unsaved wiring, and a record of the past
 */
export class Bus {
  /** Called when a range is attached, so that the processor can treat those pages as slow ones. */
  onMmioChange: () => void = () => {};
  readonly #devices: Device[] = [];
  readonly #ranges: { range: MmioRange; end: number; device: Device }[] = [];
  /** Per port: 0 when nobody owns it, else the index of an owner. */
  readonly #ownerOf = new Uint8Array(0x10000);
  readonly #owners: { device: Device; width: AccessSize }[] = [];
  /** Ring of {now, port, size, value, write, count}; numbers only, so that recording allocates nothing. */
  readonly #ring = new Float64Array(recorded * fields);
  #accesses = 0;

  constructor(readonly clock: Clock) {}

  get devices(): readonly Device[] {
    return this.#devices;
  }

  get mmioRanges(): readonly MmioRange[] {
    return this.#ranges.map(({ range }) => range);
  }

  /** Connects a device; throws when a port or address already has an owner. */
  attach(device: Device): void {
    for (const { first, count, width } of device.ports ?? []) {
      this.#owners.push({ device, width });
      for (let port = first; port < first + count; port++) {
        const owner = this.#ownerOf[port]!;
        if (owner !== 0) {
          throw new Error(`port ${hex(port)}: ${device.id} meets ${this.#owners[owner - 1]!.device.id}`);
        }
        this.#ownerOf[port] = this.#owners.length;
      }
    }
    for (const range of device.mmio ?? []) {
      const end = range.start + range.size;
      const other = this.#ranges.find((r) => range.start < r.end && end > r.range.start);
      if (other) throw new Error(`address ${hex(range.start)}: ${device.id} meets ${other.device.id}`);
      this.#ranges.push({ range, end, device });
    }
    this.#devices.push(device);
    if (device.mmio) this.onMmioChange();
  }

  /** IN: `size` bytes at `port`. */
  in(port: number, size: AccessSize): number {
    const value = this.#in(port, size);
    this.#record(port, size, value, 0);
    return value;
  }

  /** OUT: `size` bytes to `port`. */
  out(port: number, size: AccessSize, value: number): void {
    // Recorded first: a write may end the machine.
    this.#record(port, size, value, 1);
    this.#out(port, size, value);
  }

  #in(port: number, size: AccessSize): number {
    const owner = this.#ownerOf[port]!;
    if (owner !== 0) {
      const { device, width } = this.#owners[owner - 1]!;
      if (size <= width) return device.in ? device.in(port, size) : allOnes(size);
    }
    if (size === 1) return 0xff;
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + this.#in((port + i) & 0xffff, 1);
    return value;
  }

  #out(port: number, size: AccessSize, value: number): void {
    const owner = this.#ownerOf[port]!;
    if (owner !== 0) {
      const { device, width } = this.#owners[owner - 1]!;
      if (size <= width) {
        device.out?.(port, size, value);
        return;
      }
    }
    if (size === 1) return;
    for (let i = 0; i < size; i++) this.#out((port + i) & 0xffff, 1, (value >>> (8 * i)) & 0xff);
  }

  /** Reads `size` bytes at a physical address; 8-byte accesses come as two. */
  read(address: number, size: AccessSize): number {
    const device = this.#at(address, size);
    return device?.read ? device.read(address, size) : allOnes(size);
  }

  /** Writes `size` bytes at a physical address. */
  write(address: number, size: AccessSize, value: number): void {
    this.#at(address, size)?.write?.(address, size, value);
  }

  #at(address: number, size: AccessSize): Device | undefined {
    const ranges = this.#ranges;
    for (let i = 0; i < ranges.length; i++) {
      const { range, end, device } = ranges[i]!;
      if (address >= range.start && address + size <= end) return device;
    }
    return undefined;
  }

  #record(port: number, size: number, value: number, write: number): void {
    const ring = this.#ring;
    if (this.#accesses > 0) {
      const last = ((this.#accesses - 1) % recorded) * fields;
      if (
        ring[last + 1] === port &&
        ring[last + 3] === value &&
        ring[last + 4] === write &&
        ring[last + 2] === size
      ) {
        ring[last + 5]!++;
        return;
      }
    }
    const at = (this.#accesses++ % recorded) * fields;
    ring[at] = this.clock.now;
    ring[at + 1] = port;
    ring[at + 2] = size;
    ring[at + 3] = value;
    ring[at + 4] = write;
    ring[at + 5] = 1;
  }

  /** The last port accesses, oldest first; repetitions of the same one are counted, not listed. */
  lastPortAccesses(): PortAccess[] {
    const count = Math.min(this.#accesses, recorded);
    return Array.from({ length: count }, (_, i) => {
      const at = ((this.#accesses - count + i) % recorded) * fields;
      const [now, port, size, value, write, times] = this.#ring.subarray(at, at + fields);
      return {
        now: now!,
        port: port!,
        size: size as AccessSize,
        value: value!,
        write: write === 1,
        count: times!,
      };
    });
  }
}
