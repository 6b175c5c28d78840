import { hypercall as numbers } from '../../abi/xen-hypercalls.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm } from '../assembler/operands.js';

/**
 * A hypercall of a 64-bit PV guest: arguments in RDI, RSI, RDX, R10 and R8, result in RAX; RCX, R11 and the arguments are lost. SYSCALL
 * itself, as the hypercall page holds it, needs nothing a loader must have filled in.
 */
export function hypercall(a: Assembler, name: keyof typeof numbers): void {
  a.code.mov(o.EAX, imm(numbers[name]));
  a.code.syscall();
}
