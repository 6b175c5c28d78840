import type { Instructions } from '../../../src/stub/assembler/assembler.js';
import * as o from '../../../src/stub/assembler/operands.js';
import { imm, type Label, mem } from '../../../src/stub/assembler/operands.js';

/** Linux's system calls on x86-64 by number (arch/x86/entry/syscalls/syscall_64.tbl). */
const numbers = {
  read: 0,
  write: 1,
  close: 3,
  mmap: 9,
  munmap: 11,
  ioctl: 16,
  pipe: 22,
  nanosleep: 35,
  getpid: 39,
  fork: 57,
  exit: 60,
  wait4: 61,
  reboot: 169,
} as const;

const registers = [o.RDI, o.RSI, o.RDX, o.R10, o.R8, o.R9] as const;

/** A number, the address of a label, or a register; of registers those that no earlier argument overwrites. */
type Argument = number | Label | { readonly register: o.Register };

/** A system call: its result is in RAX; RCX, R11 and the registers of its arguments are lost. */
export function systemCall(
  c: Instructions,
  name: keyof typeof numbers,
  ...values: readonly Argument[]
): void {
  for (const [index, value] of values.entries()) {
    const register = registers[index]!;
    if (typeof value === 'number') c.mov(register, imm(value));
    else if ('label' in value) c.lea(register, mem(value));
    else if (value.register !== register) c.mov(register, value.register);
  }
  c.mov(o.EAX, imm(numbers[name]));
  c.syscall();
}
