import type { AccessSize, Device } from '../bus.js';

/** QEMU's isa-debug-exit: a value v written to it ends the machine with exit status 2v + 1, of which 8 bits count. */
export class IsaDebugExit implements Device {
  readonly id = 'isa-debug-exit';
  /** QEMU's default, and where nearly every command line puts it (`iobase=0xf4,iosize=4`). */
  readonly ports = [
    { first: 0x501, count: 2, width: 4 },
    { first: 0xf4, count: 4, width: 4 },
  ] as const;

  constructor(readonly onExit: (status: number) => void) {}

  in(_port: number, _size: AccessSize): number {
    return 0;
  }

  out(_port: number, _size: AccessSize, value: number): void {
    this.onExit(((value << 1) | 1) & 0xff);
  }

  save(): void {}
}
