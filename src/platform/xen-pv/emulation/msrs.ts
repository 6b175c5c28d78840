import { MSR } from '../../../abi/x86/msr.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import type { Cpu } from '../../../machine/x86/cpu.js';
import { advertises } from '../../../machine/x86/cpuid.js';
import { noteMsr, readMsr as readNativeMsr, writeMsr as writeNativeMsr } from '../../../machine/x86/msr.js';
import { isCanonical } from '../address.js';
import type { PvDomain } from '../domain.js';
import { fakes, readAnswered, writeAnswered } from './answered-msrs.js';
import { type Emulation, kernelOnly } from './emulation.js';

const { RAX, RCX, RDX } = GPR;

/** The PAT that Xen has set for itself (Xen arch/x86/include/asm/processor.h, XEN_MSR_PAT). */
const XEN_PAT = 0x050100070406n;

/** MISC_ENABLE says that there are no BTS, PEBS and xTPR messages, and neither counters nor MONITOR (guest_misc_enable). */
const MISC_ONES = (1n << 11n) | (1n << 12n) | (1n << 23n);
const MISC_ZEROS = (1n << 7n) | (1n << 18n);

/** MSRs that a guest may read: what it has of its own, and those that say what is not there (read_msr). */
function readMsr(domain: PvDomain): boolean {
  const { cpu } = domain.machine;
  const index = Number(BigInt.asUintN(32, cpu.gpr[RCX]!));
  const value =
    msrValue(domain, index) ?? (domain.traps[VECTOR.GP]?.address || !fakes(cpu, index) ? undefined : 0n);
  noteMsr(cpu, { index, write: false, value: value ?? 0n, refused: value === undefined });
  if (value === undefined) return false;
  cpu.gpr[RAX] = value & 0xffffffffn;
  cpu.gpr[RDX] = value >> 32n;
  return true;
}

function msrValue(domain: PvDomain, index: number): bigint | undefined {
  const { cpu } = domain.machine;
  switch (index) {
    case MSR.FS_BASE:
      return cpu.segment.fs.base;
    case MSR.GS_BASE:
      return domain.gsBase;
    case MSR.KERNEL_GS_BASE:
      return domain.otherGsBase;
    case MSR.EFER:
      // LMA and LME show, as the guest is a 64-bit one.
      return BigInt(cpu.efer >>> 0);
    case MSR.PAT:
      return XEN_PAT;
    case MSR.APIC_BASE:
      // Enabled, this is the boot processor.
      return 0xfee00900n;
    case MSR.TSC:
      return readNativeMsr(cpu, MSR.TSC);
    case MSR.TSC_AUX:
      return advertises(cpu.outside.cpuid, 'rdtscp') ? readNativeMsr(cpu, MSR.TSC_AUX) : undefined;
    case MSR.MISC_ENABLE:
      return miscEnable(cpu);
    default:
      return readAnswered(cpu, index);
  }
}

function miscEnable(cpu: Cpu): bigint | undefined {
  const native = readNativeMsr(cpu, MSR.MISC_ENABLE);
  return native === undefined ? undefined : (native & ~MISC_ZEROS) | MISC_ONES;
}

function writeMsr(domain: PvDomain): boolean {
  const { cpu } = domain.machine;
  const index = Number(BigInt.asUintN(32, cpu.gpr[RCX]!));
  const value = (cpu.gpr[RAX]! & 0xffffffffn) | ((cpu.gpr[RDX]! & 0xffffffffn) << 32n);
  const accepted = setMsr(domain, index, value);
  noteMsr(cpu, { index, write: true, value, refused: !accepted });
  return accepted;
}

function setMsr(domain: PvDomain, index: number, value: bigint): boolean {
  const { cpu } = domain.machine;
  if (index === MSR.FS_BASE || index === MSR.GS_BASE || index === MSR.KERNEL_GS_BASE) {
    if (!isCanonical(value)) return false;
    if (index === MSR.FS_BASE) cpu.segment.fs.base = value;
    else if (index === MSR.GS_BASE) domain.gsBase = value;
    else domain.otherGsBase = value;
    return true;
  }
  if (index === MSR.TSC_AUX && advertises(cpu.outside.cpuid, 'rdtscp'))
    return writeNativeMsr(cpu, index, value);
  // Written back as read, EFER is let through (Xen arch/x86/pv/emul-priv-op.c, write_msr); the other one is not changed.
  if (index === MSR.EFER) return value === msrValue(domain, index);
  if (index === MSR.MISC_ENABLE) return msrValue(domain, index) !== undefined;
  return writeAnswered(cpu, index, value);
}

export const msrEmulations: Readonly<Record<string, Emulation>> = {
  rdmsr: kernelOnly(readMsr),
  wrmsr: kernelOnly(writeMsr),
};
