import type { AccessSize, Device } from '../bus.js';

/** POST code at port 80: firmware writes progress there, kernels write to it for its delay. */
export class PostCode implements Device {
  readonly id = 'post-code';
  readonly ports = [{ first: 0x80, count: 1, width: 1 }] as const;
  /** The last byte written. */
  code = 0;

  in(_port: number, _size: AccessSize): number {
    return this.code;
  }

  out(_port: number, _size: AccessSize, value: number): void {
    this.code = value;
  }

  save(put: (value: number) => void): void {
    put(this.code);
  }
}
