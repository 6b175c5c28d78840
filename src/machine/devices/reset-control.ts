import type { AccessSize, Device } from '../bus.js';

export const resetControlPort = 0xcf9;
/** Hard reset: SYS_RST and RST_CPU, written to the port above. */
export const hardReset = 0x06;

const resetCpu = 0x04;

/** Reset control register CF9 (Intel 82371AB section 4.1.9): RST_CPU going from 0 to 1 resets. */
export class ResetControl implements Device {
  readonly id = 'reset-control';
  readonly ports = [{ first: resetControlPort, count: 1, width: 1 }] as const;
  #value = 0;

  constructor(readonly onReset: () => void) {}

  in(_port: number, _size: AccessSize): number {
    return this.#value;
  }

  out(_port: number, _size: AccessSize, value: number): void {
    const rising = (value & ~this.#value & resetCpu) !== 0;
    this.#value = value & 0x0e;
    if (rising) this.onReset();
  }

  save(put: (value: number) => void): void {
    put(this.#value);
  }
}
