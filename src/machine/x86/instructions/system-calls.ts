import { CR0, EFER } from '../../../abi/x86/control-registers.js';
import { FLAG } from '../../../abi/x86/flags.js';
import { MSR } from '../../../abi/x86/msr.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { isCanonical } from '../canonical.js';
import { DR6 } from '../debug.js';
import { raise } from '../exceptions/fault.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import { requirePrivilege } from '../privilege.js';
import type { Processor } from '../processor.js';
import { returnOffset } from '../segments/far-transfer.js';
import { commitFlat } from '../segments/segments.js';
import { segmentIndex, state } from '../state.js';

/** Attributes of the flat segments that these instructions load; DPL is added. */
const CODE64 = 0xa09b;
const CODE32 = 0xc09b;
const DATA = 0xc093;

/** Loads flat CS and SS for a privilege level. */
function enter(cpu: Processor, code: number, stack: number, level: number, long: boolean): void {
  commitFlat(cpu, segmentIndex.ss, (stack & 0xfffc) | level, DATA | (level << 5));
  enterCode(cpu, code, level, long);
}

function enterCode(cpu: Processor, code: number, level: number, long: boolean): void {
  commitFlat(cpu, segmentIndex.cs, (code & 0xfffc) | level, (long ? CODE64 : CODE32) | (level << 5));
  cpu.memory.i32[state.cpl >> 2] = level;
  cpu.modeChanged();
}

const msr = (cpu: Processor, index: number): bigint => cpu.msr.get(index) ?? 0n;

/** SYSCALL and SYSRET: always in 64-bit mode, in protected mode only where AMD's are (Intel SDM vol. 2). */
function requireFastCalls(cpu: Processor): void {
  if (!(cpu.efer & EFER.SCE)) raise(VECTOR.UD);
  if (cpu.vendor === 'intel' && cpu.codeBits !== 64) raise(VECTOR.UD);
}

/** SYSENTER and SYSEXIT: AMD's have none in long mode (AMD APM vol. 3). */
function requireSysenter(cpu: Processor): void {
  if (cpu.vendor === 'amd' && cpu.longMode) raise(VECTOR.UD);
}

/** SYSCALL (Intel SDM vol. 2; AMD APM vol. 3 for compatibility and legacy mode). */
function syscall(cpu: Processor, instruction: Decoded): void {
  requireFastCalls(cpu);
  if (cpu.monitor) {
    cpu.rip = instruction.next;
    cpu.monitor.systemCall();
    cpu.jumpTo(cpu.rip);
    return;
  }
  const star = msr(cpu, MSR.STAR);
  const selector = Number((star >> 32n) & 0xffffn);
  const next = returnOffset(cpu, instruction);
  const flags = cpu.flags;
  if (!cpu.longMode) {
    if (!(cpu.cr0 & CR0.PE) || cpu.realOrVm) raise(VECTOR.UD);
    cpu.gpr[GPR.RCX] = next;
    cpu.systemFlags &= ~(FLAG.VM | FLAG.IF | FLAG.RF);
    enter(cpu, selector, selector + 8, 0, false);
    cpu.jumpTo(star & 0xffffffffn);
    return;
  }
  const target = msr(cpu, cpu.codeBits === 64 ? MSR.LSTAR : MSR.CSTAR);
  const mask = Number(msr(cpu, MSR.FMASK));
  cpu.gpr[GPR.RCX] = next;
  cpu.gpr[GPR.R11] = BigInt((flags & ~FLAG.RF) >>> 0);
  cpu.flags = flags & ~mask & ~FLAG.RF;
  // With TF in the mask, the trap is not taken on the kernel's first instruction.
  if (flags & mask & FLAG.TF) cpu.debugHeld = true;
  enter(cpu, selector, selector + 8, 0, true);
  cpu.jumpTo(target);
}

/**
 * SYSRET. On AMD's processors SS gets its selector alone, as it stands in STAR: after an interrupt 32-bit programs may come back
 * to one that cannot be used (AMD APM vol. 3, SYSRET; Linux X86_BUG_SYSRET_SS_ATTRS).
 */
function sysret(cpu: Processor, instruction: Decoded): void {
  requireFastCalls(cpu);
  if (cpu.realOrVm) raise(VECTOR.GP, 0);
  requirePrivilege(cpu);
  const selector = Number((msr(cpu, MSR.STAR) >> 48n) & 0xffffn);
  const long = instruction.size === 64;
  const target = cpu.gpr[GPR.RCX]!;
  // AMD's goes there all the same, and faults at the target at level 3 (CVE-2012-0217).
  if (long && cpu.vendor === 'intel' && !isCanonical(cpu, Number(BigInt.asIntN(32, target >> 32n))))
    raise(VECTOR.GP, 0);
  const code = long ? selector + 16 : selector;
  if (cpu.vendor === 'amd') {
    cpu.segment.ss.selector = (selector + 8) & 0xffff;
    enterCode(cpu, code, 3, long);
  } else enter(cpu, code, selector + 8, 3, long);
  if (cpu.longMode) {
    // The single-step trap follows TF as it is now: it comes at the target.
    cpu.debugHeld = (cpu.systemFlags & FLAG.TF) !== 0;
    cpu.flags = (Number(cpu.gpr[GPR.R11]! & 0xffffffffn) & 0x3c7fd7) | 2;
    if (cpu.systemFlags & FLAG.TF) cpu.debugTrap |= Number(DR6.BS);
  } else cpu.systemFlags |= FLAG.IF;
  cpu.jumpTo(long ? target : target & 0xffffffffn);
}

/** SYSENTER. */
function sysenter(cpu: Processor): void {
  requireSysenter(cpu);
  const selector = Number(msr(cpu, MSR.SYSENTER_CS) & 0xffffn);
  if (!(cpu.cr0 & CR0.PE) || (selector & 0xfffc) === 0) raise(VECTOR.GP, 0);
  const long = cpu.longMode;
  cpu.systemFlags &= ~(FLAG.VM | FLAG.IF | FLAG.RF);
  enter(cpu, selector, selector + 8, 0, long);
  const pointer = msr(cpu, MSR.SYSENTER_ESP);
  const target = msr(cpu, MSR.SYSENTER_EIP);
  cpu.gpr[GPR.RSP] = long ? pointer : pointer & 0xffffffffn;
  cpu.jumpTo(target);
}

/** SYSEXIT. */
function sysexit(cpu: Processor, instruction: Decoded): void {
  requireSysenter(cpu);
  const selector = Number(msr(cpu, MSR.SYSENTER_CS) & 0xffffn);
  if (!(cpu.cr0 & CR0.PE) || (selector & 0xfffc) === 0) raise(VECTOR.GP, 0);
  requirePrivilege(cpu);
  const long = instruction.size === 64;
  const target = cpu.gpr[GPR.RDX]!;
  const pointer = cpu.gpr[GPR.RCX]!;
  if (long) {
    for (const value of [target, pointer])
      if (!isCanonical(cpu, Number(BigInt.asIntN(32, value >> 32n)))) raise(VECTOR.GP, 0);
  }
  enter(cpu, selector + (long ? 32 : 16), selector + (long ? 40 : 24), 3, long);
  cpu.gpr[GPR.RSP] = long ? pointer : pointer & 0xffffffffn;
  cpu.jumpTo(long ? target : target & 0xffffffffn);
}

/** VMCALL and VMMCALL: there is no virtualization underneath unless a platform says so. */
function hypercall(cpu: Processor): void {
  if (!cpu.onHypercall) raise(VECTOR.UD);
  cpu.onHypercall();
}

/** Fast system calls, and calls to a hypervisor. */
export const systemCalls: InstructionDescription[] = [
  { name: 'syscall', encodings: ['0f 05'], system: syscall },
  { name: 'sysret', encodings: ['0f 07'], system: sysret },
  { name: 'sysenter', encodings: ['0f 34'], system: sysenter },
  { name: 'sysexit', encodings: ['0f 35'], system: sysexit },
  { name: 'vmcall', encodings: ['np 0f 01 modrm=c1'], system: hypercall },
  { name: 'vmmcall', encodings: ['np 0f 01 modrm=d9'], system: hypercall },
];
