import type { CpuidLeaf, HypervisorLeaves } from '../../machine/x86/cpuid.js';
import type { XenDomain } from './domain.js';

/** Xen's version as guests are told: 4.17. */
export const XEN_VERSION = (4 << 16) | 17;

const BASE = 0x40000000;
const LAST = BASE + 5;
/** The MSR that puts hypercalls into a page of the guest's. */
export const HYPERCALL_PAGE_MSR = 0x40000000;
/** XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD. */
const PRESERVE_AD = 1;
/** XEN_HVM_CPUID_VCPU_ID_PRESENT. */
const VCPU_ID_PRESENT = 1 << 3;
/** XEN_HVM_CPUID_DOMID_PRESENT. */
const DOMID_PRESENT = 1 << 4;

const ZERO: CpuidLeaf = { eax: 0, ebx: 0, ecx: 0, edx: 0 };

/** Four characters as CPUID returns them. */
const word = (text: string): number =>
  [...text].reduceRight((sum, character) => sum * 256 + character.charCodeAt(0), 0);

/** Xen's own leaves (Xen public/arch-x86/cpuid.h); undefined: not one of them. */
export function xenCpuid(
  domain: Pick<XenDomain, 'kind'>,
  leaf: number,
  subleaf: number,
): CpuidLeaf | undefined {
  const number = leaf >>> 0;
  if (number < BASE || number > BASE + 0xffff) return undefined;
  if (number > LAST) return ZERO;
  switch (number - BASE) {
    case 0:
      return { eax: LAST, ebx: word('XenV'), ecx: word('MMXe'), edx: word('nVMM') };
    case 1:
      return { ...ZERO, eax: XEN_VERSION };
    case 2:
      return { eax: 1, ebx: HYPERCALL_PAGE_MSR, ecx: domain.kind === 'pv' ? PRESERVE_AD : 0, edx: 0 };
    case 3:
      return timeLeaf(subleaf);
    case 4:
      return domain.kind === 'hvm' ? { ...ZERO, eax: VCPU_ID_PRESENT | DOMID_PRESENT, ecx: 1 } : ZERO;
    default:
      // PV: width of machine addresses.
      return domain.kind === 'pv' ? { ...ZERO, ebx: 40 } : ZERO;
  }
}

/** The same as a machine's processor can have them: no leaf has subleaves there. */
export function xenLeaves(kind: XenDomain['kind']): HypervisorLeaves {
  const numbers = [1, 2, 3, 4, 5].map((offset) => BASE + offset);
  const leaves = Object.fromEntries(numbers.map((number) => [number, xenCpuid({ kind }, number, 0)!]));
  return { signature: 'XenVMMXenVMM', leaves };
}

/** TSC and system time are one clock of 1 GHz. */
function timeLeaf(subleaf: number): CpuidLeaf {
  switch (subleaf) {
    case 0:
      // Bit 1: the host's TSC is safe to use.
      return { eax: 2, ebx: 0, ecx: 1_000_000, edx: 0 };
    case 1:
      return { eax: 0, ebx: 0, ecx: 0x80000000, edx: 1 };
    case 2:
      return { ...ZERO, eax: 1_000_000 };
    default:
      return ZERO;
  }
}
