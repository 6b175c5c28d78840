import { guestType } from '../../abi/boot-information.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem } from '../assembler/operands.js';
import { boot } from '../common/fields.js';
import { COM1, lineStatus, waitForUart } from '../common/uart.js';
import { writeXenConsole } from '../xen/console.js';

/** Looks at the line status before a byte is sent regardless: there may be no UART at all. */
const PATIENCE = 0x10000;

/**
 * Parts `put_byte` (AL), `put_text` (RSI, zero-terminated), `put_decimal` (EAX), `put_hex` (RAX) and `flush_console`: output on COM1,
 * or on Xen's console where the guest is paravirtual. They keep every register but RAX, and RSI where it is given.
 */
export function writeConsole(a: Assembler): void {
  const { code: c } = a;
  a.part('put_byte', () => {
    c.cmp(boot('guest'), imm(guestType.pv));
    c.je(label('xen_put_byte'));
    c.push(o.RDX);
    c.push(o.RCX);
    c.push(o.RAX);
    waitForUart(a, lineStatus.THRE, PATIENCE);
    c.mov(o.EDX, imm(COM1));
    c.mov(o.RAX, o.qword(o.RSP));
    c.out(o.DX, o.AL);
    c.pop(o.RAX);
    c.pop(o.RCX);
    c.pop(o.RDX);
    c.ret();
  });
  writeXenConsole(a);
  a.part('flush_console', () => {
    c.cmp(boot('guest'), imm(guestType.pv));
    c.je(label('xen_flush_console'));
    // What a UART still holds when the power goes is lost.
    c.push(o.RDX);
    c.push(o.RCX);
    waitForUart(a, lineStatus.TEMT, PATIENCE);
    c.pop(o.RCX);
    c.pop(o.RDX);
    c.ret();
  });
  a.part('put_text', () => {
    const [next, end] = [a.local('next'), a.local('end')];
    a.at(next);
    c.lodsb();
    c.test(o.AL, o.AL);
    c.je(end);
    c.call(label('put_byte'));
    c.jmp(next);
    a.at(end);
    c.ret();
  });
  a.part('put_decimal', () => {
    const [divide, print] = [a.local('divide'), a.local('print')];
    c.push(o.RCX);
    c.push(o.RDX);
    c.push(o.RBX);
    c.mov(o.EBX, imm(10));
    c.xor(o.ECX, o.ECX);
    a.at(divide);
    c.xor(o.EDX, o.EDX);
    c.div(o.EBX);
    c.push(o.RDX);
    c.inc(o.ECX);
    c.test(o.EAX, o.EAX);
    c.jne(divide);
    a.at(print);
    c.pop(o.RAX);
    c.add(o.AL, imm(0x30));
    c.call(label('put_byte'));
    c.dec(o.ECX);
    c.jne(print);
    c.pop(o.RBX);
    c.pop(o.RDX);
    c.pop(o.RCX);
    c.ret();
  });
  a.part('put_hex', () => {
    const [skip, digit] = [a.local('skip'), a.local('digit')];
    c.push(o.RCX);
    c.push(o.RDX);
    c.push(o.RBX);
    c.mov(o.RDX, o.RAX);
    c.mov(o.AL, imm(0x30));
    c.call(label('put_byte'));
    c.mov(o.AL, imm(0x78));
    c.call(label('put_byte'));
    // Leading zeros go, all but the last digit.
    c.mov(o.ECX, imm(16));
    a.at(skip);
    c.rol(o.RDX, imm(4));
    c.dec(o.ECX);
    c.je(digit);
    c.test(o.DL, imm(0xf));
    c.je(skip);
    a.at(digit);
    c.mov(o.EAX, o.EDX);
    c.and(o.EAX, imm(0xf));
    c.lea(o.RBX, mem(label('digits')));
    c.mov(o.AL, o.byte(o.RBX, 0, o.RAX));
    c.call(label('put_byte'));
    c.rol(o.RDX, imm(4));
    c.dec(o.ECX);
    c.jns(digit);
    c.pop(o.RBX);
    c.pop(o.RDX);
    c.pop(o.RCX);
    c.ret();
  });
  a.label('digits');
  a.text('0123456789abcdef');
}
