import { CR4 } from '../../abi/x86/control-registers.js';
import type { CpuidLeaf } from '../../machine/x86/cpuid.js';
import { xenCpuid } from '../xen/cpuid.js';
import type { PvDomain } from './domain.js';

/** Last leaves that a policy has (Xen include/xen/lib/x86/cpu-policy.h, CPUID_GUEST_NR_BASIC, _EXTD_INTEL, _EXTD_AMD). */
const LAST_BASIC = 0xd;
const LAST_EXTENDED = { intel: 0x80000008, amd: 0x80000021 } as const;

/** Leaf 1 EDX: VME, PSE, MTRR, PGE, PSE36 mean nothing to a guest without page tables and memory types of its own. */
const HIDDEN_EDX = (1 << 1) | (1 << 3) | (1 << 12) | (1 << 13) | (1 << 17);
/** SYSENTER, which AMD's processors do not have in long mode (Xen arch/x86/cpu/amd.c, init_amd). */
const SEP = 1 << 11;
/** Leaf 1 ECX: MONITOR, PCID, x2APIC, TSC deadline. */
const HIDDEN_ECX = (1 << 3) | (1 << 17) | (1 << 21) | (1 << 24);
const HYPERVISOR = 1 << 31;
const XSAVE = 1 << 26;
const OSXSAVE = 1 << 27;
/** Leaf 7 EBX: TSC_ADJUST, SMEP, INVPCID, SMAP. ECX: UMIP, LA57. */
const HIDDEN_7_EBX = (1 << 1) | (1 << 7) | (1 << 10) | (1 << 20);
const HIDDEN_7_ECX = (1 << 2) | (1 << 16);
/** Leaf 80000001 EDX: 1 GiB pages. ECX: AltMovCr8. */
const HIDDEN_EXTENDED_EDX = 1 << 26;
const HIDDEN_EXTENDED_ECX = 1 << 4;
/** Leaf 80000008 EBX: EferLmsleUnsupported. EAX: linear addresses of 48 bits, whatever the processor has. */
const HIDDEN_8_EBX = 1 << 20;
const LINEAR_48 = 48 << 8;

const ZERO: CpuidLeaf = { eax: 0, ebx: 0, ecx: 0, edx: 0 };

/** The last leaf of the range that `leaf` lies in. */
function lastLeaf({ machine: { cpu } }: PvDomain, leaf: number): number {
  const isExtended = leaf >= 0x80000000;
  const native = cpu.outside.cpuid(isExtended ? 0x80000000 : 0, 0).eax >>> 0;
  return Math.min(native, isExtended ? LAST_EXTENDED[cpu.vendor] : LAST_BASIC);
}

/** CPUID as Xen shows it to a paravirtual guest (Xen arch/x86/cpuid.c and cpu-policy.c, what cpufeatureset.h keeps from PV). */
export function pvCpuid(domain: PvDomain, leaf: number, subleaf: number): CpuidLeaf {
  const own = xenCpuid(domain, leaf, subleaf);
  if (own) return own;
  const number = leaf >>> 0;
  const last = lastLeaf(domain, number);
  if (number > last) return ZERO;
  const { cpu } = domain.machine;
  const native = cpu.outside.cpuid(number, subleaf);
  const { eax, ebx, ecx, edx } = native;
  switch (number) {
    case 0:
    case 0x80000000:
      return { eax: last | 0, ebx, ecx, edx };
    case 1: {
      // Kernels are to see that Xen has switched XSAVE on, as plain CPUID shows it (Xen arch/x86/cpuid.c, guest_cpuid).
      const isOn = domain.cr4 & CR4.OSXSAVE || (domain.kernelMode && ecx & XSAVE);
      const os = isOn ? OSXSAVE : 0;
      const hidden = cpu.vendor === 'amd' ? HIDDEN_EDX | SEP : HIDDEN_EDX;
      return { eax, ebx, ecx: (ecx & ~HIDDEN_ECX & ~OSXSAVE) | HYPERVISOR | os, edx: edx & ~hidden };
    }
    // Of thermal and power management guests see nothing.
    case 6:
      return ZERO;
    case 7:
      return subleaf === 0 ? { eax, ebx: ebx & ~HIDDEN_7_EBX, ecx: ecx & ~HIDDEN_7_ECX, edx } : native;
    case 0x80000001:
      return {
        eax,
        ebx,
        ecx: ecx & ~HIDDEN_EXTENDED_ECX,
        edx: edx & ~HIDDEN_EDX & ~HIDDEN_EXTENDED_EDX,
      };
    // An invariant TSC is for domains that will not migrate (`nomigrate`).
    case 0x80000007:
      return ZERO;
    case 0x80000008:
      return { eax: (eax & 0xff) | LINEAR_48, ebx: ebx & ~HIDDEN_8_EBX, ecx: 0, edx: 0 };
    default:
      return native;
  }
}
