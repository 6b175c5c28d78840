import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, qword } from '../assembler/operands.js';
import { state } from '../common/fields.js';

/** Base 0, limit 0xfffff in pages, present, code or data, execute or write; not looked at: accessed, DPL, L, D, AVL. */
const MASK = 0xff8f9affffffffffn;
const FLAT_CODE = 0x008f9a000000ffffn;
const FLAT_DATA = 0x008f92000000ffffn;

/** Part `check_linux_gdt`: descriptors 0x10 and 0x18 of the loader's GDT; returns like the other routines. */
export function writeGdtCheck(a: Assembler): void {
  const { code: c } = a;
  a.part('check_linux_gdt', () => {
    const fails = a.local('fails');
    c.mov(o.EDX, state('gdt_limit'));
    c.cmp(o.EDX, imm(0x1f));
    c.jb(fails);
    c.mov(o.RSI, state('gdt_base'));
    c.mov(o.R8, imm(MASK));
    for (const [selector, flat] of [
      [0x10, FLAT_CODE],
      [0x18, FLAT_DATA],
    ] as const) {
      c.mov(o.RDX, qword(o.RSI, selector));
      c.mov(o.RAX, o.RDX);
      c.and(o.RAX, o.R8);
      c.mov(o.RCX, imm(flat));
      c.cmp(o.RAX, o.RCX);
      c.jne(fails);
    }
    c.mov(o.EAX, imm(1));
    c.ret();
    a.at(fails);
    c.xor(o.EAX, o.EAX);
    c.ret();
  });
}
