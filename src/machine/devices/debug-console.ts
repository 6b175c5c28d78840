import type { AccessSize, Device } from '../bus.js';

/** Bochs' debug console, QEMU's isa-debugcon: bytes written to port E9 are text, reading E9 there says that it exists. */
export class DebugConsole implements Device {
  readonly id = 'isa-debugcon';
  readonly ports = [{ first: 0xe9, count: 1, width: 1 }] as const;

  constructor(readonly onByte: (byte: number) => void) {}

  in(_port: number, _size: AccessSize): number {
    return 0xe9;
  }

  out(_port: number, _size: AccessSize, value: number): void {
    this.onByte(value);
  }

  save(): void {}
}
