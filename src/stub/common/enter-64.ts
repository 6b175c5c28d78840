import { MSR } from '../../abi/x86/msr.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { label, mem } from '../assembler/operands.js';
import { state } from './fields.js';
import { writePageTables } from './page-tables.js';
import { keepSelectors } from './selectors.js';

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

/** Keeps the registers but RAX. */
export function keepRegisters(a: Assembler): void {
  for (const [name, register] of registers) a.code.mov(state(name), register);
}

/** Keeps the flags, by way of the stack, and clears the direction flag. */
export function keepFlags(a: Assembler): void {
  const { code: c } = a;
  c.pushfq();
  c.pop(state('rflags'));
  c.cld();
}

/** Keeps selectors, control registers and EFER, at privilege level 0. Changes RAX, RCX and RDX. */
export function keepControl(a: Assembler): void {
  const { code: c } = a;
  keepSelectors(a);
  c.mov(o.RAX, o.CR0);
  c.mov(state('cr0'), o.RAX);
  c.mov(o.RAX, o.CR3);
  c.mov(state('cr3'), o.RAX);
  c.mov(o.RAX, o.CR4);
  c.mov(state('cr4'), o.RAX);
  c.mov(o.ECX, o.imm(MSR.EFER));
  c.rdmsr();
  c.shl(o.RDX, o.imm(32));
  c.or(o.RAX, o.RDX);
  c.mov(state('efer'), o.RAX);
}

/**
 * Parts `enter_64`, where the 64-bit pre-stubs at privilege level 0 meet, with RAX pointing to the entry's record, and `leave_64`,
 * for one that has kept the processor's state itself and comes with the record in RBX, on the image's own stack.
 */
export function writeEnter64(a: Assembler): void {
  const { code: c } = a;
  a.part('enter_64', () => {
    keepRegisters(a);
    c.lea(o.RSP, mem(label('stack_top')));
    c.mov(o.RBX, o.RAX);
    keepFlags(a);
    keepControl(a);
  });
  a.part('leave_64', () => {
    c.sgdt(mem(label('entry_gdt')));
    writePageTables(a, 64);
    c.jmp(label('common_start'));
  });
}
