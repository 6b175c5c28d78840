import { efiLoadedImage } from '../../abi/efi.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, imm, label, mem, qword } from '../assembler/operands.js';
import { at } from '../common/fields.js';
import { bootService, efiFunction, loadGuid } from './call.js';

/** Bytes the command line may have in UTF-8, its zero included; what is beyond is cut off. */
export const COMMAND_LINE_SIZE = 4096;
/** A character takes up to four bytes. */
const LONGEST = 4;

/**
 * Part `efi_command_line`: the image's load options, UTF-16, become UTF-8 at `efi_command_line_text`. A surrogate without its other
 * half is encoded as it is.
 */
export function writeCommandLine(a: Assembler): void {
  const { code: c } = a;
  efiFunction(a, 'efi_command_line', (end) => {
    const [next, two, three, four, tail1, tail2, finish] = [
      'next',
      'two',
      'three',
      'four',
      'tail1',
      'tail2',
      'finish',
    ].map((name) => a.local(name)) as [o.Label, o.Label, o.Label, o.Label, o.Label, o.Label, o.Label];
    c.mov(o.RCX, o.R14);
    loadGuid(a, o.RDX, 'LOADED_IMAGE');
    c.lea(o.R8, mem(label('efi_interface')));
    bootService(a, 'HandleProtocol');
    c.jne(end);
    c.mov(o.RBX, qword(label('efi_interface')));
    c.mov(o.RSI, at(efiLoadedImage, o.RBX, 'LoadOptions'));
    c.mov(o.ECX, at(efiLoadedImage, o.RBX, 'LoadOptionsSize'));
    c.test(o.RSI, o.RSI);
    c.je(end);
    c.shr(o.ECX, imm(1));
    c.lea(o.RDI, mem(label('efi_command_line_text')));
    c.mov(qword(label('efi_command_line_start')), o.RDI);
    c.lea(o.R8, mem(o.RDI, COMMAND_LINE_SIZE - 1 - LONGEST));

    a.at(next);
    c.test(o.ECX, o.ECX);
    c.je(finish);
    c.cmp(o.RDI, o.R8);
    c.ja(finish);
    c.xor(o.EAX, o.EAX);
    c.lodsw();
    c.dec(o.ECX);
    c.test(o.EAX, o.EAX);
    c.je(finish);
    c.cmp(o.EAX, imm(0x80));
    c.jae(two);
    c.stosb();
    c.jmp(next);

    a.at(two);
    c.cmp(o.EAX, imm(0x800));
    c.jae(three);
    lead(a, 6, 0xc0);
    a.at(tail1);
    c.and(o.AL, imm(0x3f));
    c.or(o.AL, imm(0x80));
    c.stosb();
    c.jmp(next);

    // High surrogate, then low one: ten bits each.
    a.at(three);
    c.lea(o.EDX, mem(o.RAX, -0xd800));
    c.cmp(o.EDX, imm(0x400));
    const single = a.local('single');
    c.jae(single);
    c.test(o.ECX, o.ECX);
    c.je(single);
    c.movzx(o.R9D, o.word(o.RSI));
    c.sub(o.R9D, imm(0xdc00));
    c.cmp(o.R9D, imm(0x400));
    c.jb(four);
    a.at(single);
    lead(a, 12, 0xe0);
    a.at(tail2);
    lead(a, 6, 0x80, 0x3f);
    c.jmp(tail1);

    a.at(four);
    c.add(o.RSI, imm(2));
    c.dec(o.ECX);
    c.shl(o.EDX, imm(10));
    c.lea(o.EAX, mem(o.RDX, 0x10000, o.R9));
    lead(a, 18, 0xf0);
    lead(a, 12, 0x80, 0x3f);
    c.jmp(tail2);

    a.at(finish);
    c.mov(byte(o.RDI), imm(0));
  });
}

/** One byte of a character in EAX: its bits from `shift` on behind the mark. Changes EDX. */
function lead(a: Assembler, shift: number, mark: number, mask = 0xff): void {
  const { code: c } = a;
  c.mov(o.EDX, o.EAX);
  c.shr(o.EDX, imm(shift));
  c.and(o.EDX, imm(mask));
  c.or(o.EDX, imm(mark));
  c.mov(byte(o.RDI), o.DL);
  c.inc(o.RDI);
}
