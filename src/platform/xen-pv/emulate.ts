import { GPR } from '../../abi/x86/registers.js';
import { GuestFault } from '../../machine/x86/exceptions/fault.js';
import { pvCpuid } from './cpuid.js';
import type { PvDomain } from './domain.js';
import { controlRegisterEmulations } from './emulation/control-registers.js';
import { debugRegisterEmulations } from './emulation/debug-registers.js';
import { type Emulation, kernelOnly } from './emulation/emulation.js';
import { msrEmulations } from './emulation/msrs.js';
import { portEmulations } from './emulation/ports.js';
import { timeStampEmulations } from './emulation/time-stamp.js';

const { RAX, RBX, RCX, RDX } = GPR;

/** UD2 and "xen": what follows is CPUID as the domain is to see it (Xen public/arch-x86/xen.h, XEN_EMULATE_PREFIX). */
const PREFIX = [0x0f, 0x0b, 0x78, 0x65, 0x6e] as const;
const CPUID = [0x0f, 0xa2] as const;

/** #UD on the prefixed CPUID: answers it. False: a #UD like any other. */
export function emulatePrefixed(domain: PvDomain): boolean {
  const { cpu } = domain.machine;
  const code = domain.guest.read(cpu.rip, PREFIX.length + CPUID.length);
  if (!code) return false;
  const wanted = [...PREFIX, ...CPUID];
  if (!wanted.every((byte, i) => code.getUint8(i) === byte)) return false;
  const leaf = Number(BigInt.asUintN(32, cpu.gpr[RAX]!));
  const subleaf = Number(BigInt.asUintN(32, cpu.gpr[RCX]!));
  cpu.observer?.cpuid(leaf, subleaf);
  const { eax, ebx, ecx, edx } = pvCpuid(domain, leaf, subleaf);
  cpu.gpr[RAX] = BigInt(eax >>> 0);
  cpu.gpr[RBX] = BigInt(ebx >>> 0);
  cpu.gpr[RCX] = BigInt(ecx >>> 0);
  cpu.gpr[RDX] = BigInt(edx >>> 0);
  cpu.rip += BigInt(wanted.length);
  return true;
}

/** By the instruction's name; what is not here stays a #GP (Xen arch/x86/pv/emul-priv-op.c, validate). */
const emulations: Readonly<Record<string, Emulation>> = {
  ...controlRegisterEmulations,
  ...debugRegisterEmulations,
  ...msrEmulations,
  ...portEmulations,
  ...timeStampEmulations,
  wbinvd: kernelOnly(() => true),
};

/**
 * #GP(0): emulates what needs level 0. False: it is the guest's fault after all. An emulated instruction's own faults are
 * delivered in place of it.
 */
export function emulatePrivileged(domain: PvDomain): boolean {
  const { cpu } = domain.machine;
  const instruction = cpu.currentInstruction();
  if (!instruction) return false;
  try {
    if (!emulations[instruction.description.name]?.(domain, instruction)) return false;
    cpu.rip = instruction.next;
  } catch (thrown) {
    if (!(thrown instanceof GuestFault)) throw thrown;
    domain.monitor.deliver(thrown.vector, thrown.errorCode, 'exception', cpu.rip);
  }
  return true;
}
