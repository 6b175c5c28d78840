import { type OperationName, operationNames } from '../../abi/op-table.js';
import { FLAG } from '../../abi/x86/flags.js';
import type { Assembler, Instructions } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, dword, imm, label, qword } from '../assembler/operands.js';
import { COM1, lineStatus, waitForUart } from '../common/uart.js';
import type { Natives } from './op-tables.js';

/** A port that is not there reads all ones; one that never gets empty must not stop the guest. */
const PATIENCE = 100_000;

/** Label of a native operation. */
export const nativeLabel = (name: OperationName): o.Label => label(`native_${name}`);

/** All of them, for op tables written with the assembler. */
export const natives: Natives<o.Label> = Object.fromEntries(
  operationNames.map((name) => [name, nativeLabel(name)]),
);

/** What each operation is on a processor of one's own; functions of the System V ABI. */
const bodies: Readonly<Record<OperationName, (c: Instructions, a: Assembler) => void>> = {
  console_write: (c, a) => {
    waitForUart(a, lineStatus.THRE, PATIENCE);
    c.mov(o.EAX, o.EDI);
    c.mov(o.EDX, imm(COM1));
    c.out(o.DX, o.AL);
  },
  halt: (c) => {
    c.sti();
    c.hlt();
  },
  irq_enable: (c) => c.sti(),
  irq_disable: (c) => c.cli(),
  irq_save: (c) => {
    c.pushfq();
    c.pop(o.RAX);
    c.cli();
    c.and(o.EAX, imm(FLAG.IF));
  },
  irq_restore: (c, a) => {
    const off = a.local('off');
    c.test(o.EDI, imm(FLAG.IF));
    c.je(off);
    c.sti();
    a.at(off);
  },
  cpuid: (c) => {
    c.push(o.RBX);
    c.mov(o.R8, o.RDX);
    c.mov(o.EAX, o.EDI);
    c.mov(o.ECX, o.ESI);
    c.cpuid();
    [o.EAX, o.EBX, o.ECX, o.EDX].forEach((register, i) => {
      c.mov(dword(o.R8, i * 4), register);
    });
    c.pop(o.RBX);
  },
  read_msr: (c) => {
    c.mov(o.ECX, o.EDI);
    c.rdmsr();
    c.shl(o.RDX, imm(32));
    c.or(o.RAX, o.RDX);
  },
  write_msr: (c) => {
    c.mov(o.ECX, o.EDI);
    c.mov(o.EAX, o.ESI);
    c.mov(o.RDX, o.RSI);
    c.shr(o.RDX, imm(32));
    c.wrmsr();
  },
  read_cr3: (c) => c.mov(o.RAX, o.CR3),
  write_cr3: (c) => c.mov(o.CR3, o.RDI),
  flush_tlb_page: (c) => c.invlpg(byte(o.RDI)),
  set_page_entry: (c) => c.mov(qword(o.RDI), o.RSI),
  read_time: (c) => {
    c.rdtsc();
    c.shl(o.RDX, imm(32));
    c.or(o.RAX, o.RDX);
  },
};

/** Parts `native_<operation>`, a function each. */
export function writeNativeOperations(a: Assembler): void {
  for (const name of operationNames) {
    a.part(nativeLabel(name).label, () => {
      bodies[name](a.code, a);
      a.code.ret();
    });
  }
}
