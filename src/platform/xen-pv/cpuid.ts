import { CR4 } from '../../abi/x86/control-registers.js';
import type { CpuidLeaf } from '../../machine/x86/cpuid.js';
import { xenCpuid } from '../xen/cpuid.js';
import type { PvDomain } from './domain.js';

/** Leaf 1 EDX: VME, PSE, MTRR, PGE, PSE36 mean nothing to a guest without page tables and memory types of its own. */
const HIDDEN_EDX = (1 << 1) | (1 << 3) | (1 << 12) | (1 << 13) | (1 << 17);
/** Leaf 1 ECX: MONITOR, PCID, x2APIC, TSC deadline. */
const HIDDEN_ECX = (1 << 3) | (1 << 17) | (1 << 21) | (1 << 24);
const HYPERVISOR = 1 << 31;
const XSAVE = 1 << 26;
const OSXSAVE = 1 << 27;
/** Leaf 7 EBX: SMEP, INVPCID, SMAP. ECX: UMIP, LA57. */
const HIDDEN_7_EBX = (1 << 7) | (1 << 10) | (1 << 20);
const HIDDEN_7_ECX = (1 << 2) | (1 << 16);
/** Leaf 80000001 EDX: 1 GiB pages. */
const HIDDEN_EXTENDED_EDX = 1 << 26;

/** CPUID as Xen shows it to a paravirtual guest (Xen arch/x86/cpuid.c, what cpufeatureset.h marks as not for PV hidden). */
export function pvCpuid(domain: PvDomain, leaf: number, subleaf: number): CpuidLeaf {
  const own = xenCpuid(domain, leaf, subleaf);
  if (own) return own;
  const native = domain.machine.cpu.outside.cpuid(leaf, subleaf);
  const { eax, ebx, ecx, edx } = native;
  switch (leaf >>> 0) {
    case 1: {
      // Kernels are to see that Xen has switched XSAVE on, as plain CPUID shows it (Xen arch/x86/cpuid.c, guest_cpuid).
      const isOn = domain.cr4 & CR4.OSXSAVE || (domain.kernelMode && ecx & XSAVE);
      const os = isOn ? OSXSAVE : 0;
      return { eax, ebx, ecx: (ecx & ~HIDDEN_ECX & ~OSXSAVE) | HYPERVISOR | os, edx: edx & ~HIDDEN_EDX };
    }
    case 7:
      return subleaf === 0 ? { eax, ebx: ebx & ~HIDDEN_7_EBX, ecx: ecx & ~HIDDEN_7_ECX, edx } : native;
    case 0x80000001:
      return { eax, ebx, ecx, edx: edx & ~HIDDEN_EDX & ~HIDDEN_EXTENDED_EDX };
    default:
      return native;
  }
}
