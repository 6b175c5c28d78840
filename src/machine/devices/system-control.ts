import type { AccessSize, Device } from '../bus.js';
import type { Clock } from '../clock.js';
import type { Pit8254 } from './pit8254.js';

/** Period of the DRAM refresh request in ns, half of what bit 4 toggles with. */
const refreshPeriod = 15085;

/**
 * System control port B, 61 (Intel 82371AB section 4.1.7): gate and OUT of timer counter 2, speaker,
 * refresh toggle. No parity or channel errors occur.
 */
export class SystemControlB implements Device {
  readonly id = 'system-control-b';
  readonly ports = [{ first: 0x61, count: 1, width: 1 }] as const;
  #value = 0;

  constructor(
    readonly clock: Clock,
    readonly pit: Pit8254,
  ) {}

  in(_port: number, _size: AccessSize): number {
    const refresh = Math.floor(this.clock.now / refreshPeriod) & 1;
    return this.#value | (refresh << 4) | (this.pit.out2 ? 0x20 : 0);
  }

  out(_port: number, _size: AccessSize, value: number): void {
    this.#value = value & 0x0f;
    this.pit.setGate2((value & 1) !== 0);
  }

  save(put: (value: number) => void): void {
    put(this.#value);
  }
}

/** System control port A, 92: A20 gate (bit 1, which this machine ignores: A20 is always on) and fast reset (bit 0). */
export class SystemControlA implements Device {
  readonly id = 'system-control-a';
  readonly ports = [{ first: 0x92, count: 1, width: 1 }] as const;
  #value = 2;

  constructor(readonly onReset: () => void) {}

  in(_port: number, _size: AccessSize): number {
    return this.#value;
  }

  out(_port: number, _size: AccessSize, value: number): void {
    const rising = (value & ~this.#value & 1) !== 0;
    this.#value = value & 3;
    if (rising) this.onReset();
  }

  save(put: (value: number) => void): void {
    put(this.#value);
  }
}
