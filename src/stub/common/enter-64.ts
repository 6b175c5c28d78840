import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { label, mem } from '../assembler/operands.js';
import { state } from './fields.js';
import { writePageTables } from './page-tables.js';
import { keepSelectors } from './selectors.js';

const MSR_EFER = 0xc0000080;

/** The registers but RAX, which the pre-stubs keep themselves. */
const registers = [
  ['rcx', o.RCX],
  ['rdx', o.RDX],
  ['rbx', o.RBX],
  ['rsp', o.RSP],
  ['rbp', o.RBP],
  ['rsi', o.RSI],
  ['rdi', o.RDI],
  ['r8', o.R8],
  ['r9', o.R9],
  ['r10', o.R10],
  ['r11', o.R11],
  ['r12', o.R12],
  ['r13', o.R13],
  ['r14', o.R14],
  ['r15', o.R15],
] as const;

/** Keeps the registers and the flags and takes the image's own stack; RAX, the entry's record, goes on in RBX. */
export function keepRegisters(a: Assembler): void {
  const { code: c } = a;
  for (const [name, register] of registers) c.mov(state(name), register);
  c.lea(o.RSP, mem(label('stack_top')));
  c.mov(o.RBX, o.RAX);
  c.pushfq();
  c.pop(state('rflags'));
  c.cld();
}

/** Part `enter_64`: where the 64-bit pre-stubs at privilege level 0 meet. RAX points to the entry's record. */
export function writeEnter64(a: Assembler): void {
  const { code: c } = a;
  a.part('enter_64', () => {
    keepRegisters(a);
    keepSelectors(a);
    c.mov(o.RAX, o.CR0);
    c.mov(state('cr0'), o.RAX);
    c.mov(o.RAX, o.CR3);
    c.mov(state('cr3'), o.RAX);
    c.mov(o.RAX, o.CR4);
    c.mov(state('cr4'), o.RAX);
    c.mov(o.ECX, o.imm(MSR_EFER));
    c.rdmsr();
    c.shl(o.RDX, o.imm(32));
    c.or(o.RAX, o.RDX);
    c.mov(state('efer'), o.RAX);
    writePageTables(a, 64);
    c.sgdt(mem(label('entry_gdt')));
    c.jmp(label('common_start'));
  });
}
