import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm } from '../assembler/operands.js';

/** I/O port of the first serial port, a 16550. */
export const COM1 = 0x3f8;
const LINE_STATUS = COM1 + 5;

/** Bits of its line status register: the transmitter holds no byte; its shift register does neither. */
export const lineStatus = { THRE: 0x20, TEMT: 0x40 } as const;

/**
 * Waits until a bit of the line status is set, or it has been looked at `patience` times: there may be no UART at all, or one
 * that never gets empty. Changes AL, ECX and EDX.
 */
export function waitForUart(a: Assembler, status: number, patience: number): void {
  const { code: c } = a;
  const [wait, ready] = [a.local('wait'), a.local('ready')];
  c.mov(o.ECX, imm(patience));
  c.mov(o.EDX, imm(LINE_STATUS));
  a.at(wait);
  c.in(o.AL, o.DX);
  c.test(o.AL, imm(status));
  c.jne(ready);
  c.dec(o.ECX);
  c.jne(wait);
  a.at(ready);
}
