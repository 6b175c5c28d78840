import type { AccessSize, Device } from '../bus.js';

/**
 * The keyboard controller's place at ports 60 and 64, without a controller: it reads all ones, which drivers take
 * as "none". Only the pulse of the reset line (command FE, and F0–FE with bit 0 clear) is answered,
 * since every kernel knows that way to restart.
 */
export class I8042 implements Device {
  readonly id = 'i8042';
  readonly ports = [
    { first: 0x60, count: 1, width: 1 },
    { first: 0x64, count: 1, width: 1 },
  ] as const;

  constructor(readonly onReset: () => void) {}

  out(port: number, _size: AccessSize, value: number): void {
    if (port === 0x64 && value >= 0xf0 && !(value & 1)) this.onReset();
  }

  save(): void {}
}
