import { FLAG } from '../../abi/x86/flags.js';
import { GPR } from '../../abi/x86/registers.js';
import { iretContext } from '../../abi/xen-structures.js';
import { hex } from '../../core/errors.js';
import { GuestFault } from '../../machine/x86/exceptions/fault.js';
import { Descriptor, readDescriptor } from '../../machine/x86/segments/descriptor.js';
import type { Result } from '../xen/hypercall.js';
import { bounce } from './bounce.js';
import type { PvDomain } from './domain.js';
import { hasArchitecturalIopl, IOPL_SHIFT } from './level.js';

const { RSP, RCX, R11 } = GPR;

/** VGCF_in_syscall: RCX and R11 are what SYSRET makes of them. */
const IN_SYSCALL = 1n << 8n;
/** RFLAGS that a return may set: neither IOPL nor VM; IF stays on. */
const FLAGS = 0x254dd5n;

const code = new Descriptor();
const stack = new Descriptor();

/**
 * HYPERVISOR_iret: goes where the frame on the guest's stack says, to its kernel or to a program (struct iret_context, Xen
 * public/arch-x86/xen-x86_64.h): RAX, R11, RCX, flags, RIP, CS, RFLAGS, RSP, SS. Returns RAX.
 */
export function interruptReturn(domain: PvDomain): Result {
  const { cpu } = domain.machine;
  const frame = domain.guest.readStruct(iretContext, cpu.gpr[RSP]!);
  if (!frame) {
    domain.kill(`the frame of an iret at ${hex(cpu.gpr[RSP]!)} cannot be read`);
    return 0;
  }
  const { rax, r11, rcx, flags, rip, cs, rflags, rsp, ss } = frame;
  if ((cs & 3n) === 3n) {
    if (domain.userRoot === 0) {
      domain.kill('the guest returned to a program without page tables for programs');
      return 0;
    }
    domain.toggleMode();
  }
  if (hasArchitecturalIopl(domain)) domain.iopl = Number(rflags >> BigInt(IOPL_SHIFT)) & 3;
  domain.upcallMasked = (rflags & BigInt(FLAG.IF)) === 0n;
  cpu.flags = Number(rflags & FLAGS) | FLAG.IF | 2;
  cpu.gpr[RSP] = rsp;
  cpu.rip = rip;
  const isSystemCall = (flags & IN_SYSCALL) !== 0n;
  cpu.gpr[R11] = isSystemCall ? rflags : r11;
  cpu.gpr[RCX] = isSystemCall ? rip : rcx;
  if (!loadSegments(domain, Number(cs & 0xffffn) | 3, Number(ss & 0xffffn) | 3)) {
    const failsafe = domain.callbacks.get('failsafe');
    bounce(domain, {
      address: failsafe?.address ?? 0n,
      masks: failsafe?.masks ?? false,
      withSegments: true,
      what: `a return to selectors ${hex(cs)} and ${hex(ss)}`,
    });
  }
  return rax;
}

/** Loads CS and SS for a return; false when the descriptors are not good for it. */
function loadSegments(domain: PvDomain, cs: number, ss: number): boolean {
  const { cpu } = domain.machine;
  if (cs === 0xe033 && ss === 0xe02b) {
    domain.loadKernelSegments();
    return true;
  }
  try {
    readDescriptor(cpu, cs, code);
    readDescriptor(cpu, ss, stack);
  } catch (thrown) {
    if (!(thrown instanceof GuestFault)) throw thrown;
    return false;
  }
  if (!code.isCode || !code.isPresent || code.dpl !== 3 || (code.isLong && code.isBig)) return false;
  if (!stack.isWritableData || !stack.isPresent || stack.dpl !== 3) return false;
  cpu.segment.cs.load(cs, code);
  cpu.segment.ss.load(ss, stack);
  cpu.modeChanged();
  return true;
}
