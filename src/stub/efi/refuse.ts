import { efiSimpleTextOutput, efiSystemTable } from '../../abi/efi.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem, word } from '../assembler/operands.js';
import { at, state } from '../common/fields.js';

const DIGITS = 16;

/** What the image says when it goes back to the firmware. */
const reasons = {
  /** Both addresses are filled in when it is printed. */
  taken: `The memory this image is linked for, 0x${'0'.repeat(DIGITS)} to 0x${'0'.repeat(DIGITS)}, is not free.`,
  levels: 'Five levels of page tables are in force, and this image makes four.',
  initrd: 'The initrd could not be loaded.',
} as const;

type Reason = keyof typeof reasons;

/** Jumps there to give up with the status in RAX. */
export function refuse(a: Assembler, reason: Reason): void {
  const { code: c } = a;
  c.lea(o.RSI, mem(label(`efi_text_${reason}`)));
  c.jmp(label('efi_refuse'));
}

/** Part `efi_refuse`: prints the text at RSI and returns from the image with the status in RAX, as it was entered. */
export function writeRefuse(a: Assembler): void {
  const { code: c } = a;
  a.part('efi_refuse', () => {
    const silent = a.local('silent');
    c.mov(o.RBX, o.RAX);
    fillIn(a, 'image_start', reasons.taken.indexOf('0x') + 2);
    fillIn(a, 'image_end', reasons.taken.lastIndexOf('0x') + 2);
    c.mov(o.RCX, at(efiSystemTable, o.R12, 'ConOut'));
    c.test(o.RCX, o.RCX);
    c.je(silent);
    c.mov(o.RDX, o.RSI);
    c.call(at(efiSimpleTextOutput, o.RCX, 'OutputString'));
    a.at(silent);
    c.mov(o.RAX, o.RBX);
    back(a);
  });
  hexDigits(a);
  for (const [name, text] of Object.entries(reasons)) {
    a.align(2);
    a.label(`efi_text_${name}`);
    for (const unit of `zeropage: ${text}\r\n\0`) a.u16(unit.charCodeAt(0));
  }
}

/** Returns to the firmware with every register that a function must keep. */
export function back(a: Assembler): void {
  const { code: c } = a;
  for (const [name, register] of [
    ['rbx', o.RBX],
    ['rbp', o.RBP],
    ['rsi', o.RSI],
    ['rdi', o.RDI],
    ['r12', o.R12],
    ['r13', o.R13],
    ['r14', o.R14],
    ['r15', o.R15],
    ['rsp', o.RSP],
  ] as const) {
    c.mov(register, state(name));
  }
  c.ret();
}

/** Writes the link address of a label into the text of the reason `taken`. */
function fillIn(a: Assembler, name: string, at: number): void {
  const { code: c } = a;
  c.mov(o.RDX, imm(label(name)));
  c.lea(o.RDI, mem(label('efi_text_taken', ('zeropage: '.length + at) * 2)));
  c.call(label('efi_put_hex'));
}

/** Part `efi_put_hex`: RDX as 16 digits of UTF-16 at RDI. */
function hexDigits(a: Assembler): void {
  const { code: c } = a;
  a.part('efi_put_hex', () => {
    const [next, decimal] = [a.local('next'), a.local('decimal')];
    c.mov(o.ECX, imm(DIGITS));
    a.at(next);
    c.rol(o.RDX, imm(4));
    c.mov(o.EAX, o.EDX);
    c.and(o.EAX, imm(0xf));
    c.cmp(o.EAX, imm(10));
    c.jb(decimal);
    c.add(o.EAX, imm('a'.charCodeAt(0) - '0'.charCodeAt(0) - 10));
    a.at(decimal);
    c.add(o.EAX, imm('0'.charCodeAt(0)));
    c.mov(word(o.RDI), o.AX);
    c.add(o.RDI, imm(2));
    c.dec(o.ECX);
    c.jne(next);
    c.ret();
  });
}
