import { CR0, CR4 } from '../../../abi/x86/control-registers.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { advertises, type CpuidFeature } from '../../../machine/x86/cpuid.js';
import { raise } from '../../../machine/x86/exceptions/fault.js';
import type { Decoded } from '../../../machine/x86/instruction.js';
import type { RegisterOperand } from '../../../machine/x86/operands.js';
import type { PvDomain } from '../domain.js';
import { kernelRoot } from '../root.js';
import { type Emulation, kernelOnly } from './emulation.js';

const { RAX, RCX, RDX } = GPR;

/** CR4 bits a guest may choose, where CPUID shows it what they are for (Xen arch/x86/pv/domain.c, pv_fixup_guest_cr4). */
const CHOSEN: readonly (readonly [number, CpuidFeature])[] = [
  [CR4.TSD, 'tsc'],
  [CR4.DE, 'de'],
  [CR4.FSGSBASE, 'fsgsbase'],
  [CR4.OSXSAVE, 'xsave'],
];
/** Bits of Xen's own that a guest sees (Xen arch/x86/include/asm/pv/domain.h, PV_CR4_GUEST_VISIBLE_MASK). */
const VISIBLE = CR4.PAE | CR4.MCE | CR4.OSFXSR | CR4.OSXMMEXCPT;
/** What Xen has set for itself under every guest. */
const XENS = VISIBLE | CR4.PSE | CR4.PGE;

/** XCR0 under a guest that has not set it: x87 and SSE (Xen arch/x86/domain.c, __context_switch). */
const FIRST_XCR0 = 3;

/** A guest's CR4: the bits it has chosen become the processor's, beside Xen's. */
export function chooseCr4(domain: PvDomain, value: bigint): void {
  const { cpu } = domain.machine;
  const { cpuid } = cpu.outside;
  let chosen = 0;
  for (const [bit, feature] of CHOSEN) if (value & BigInt(bit) && advertises(cpuid, feature)) chosen |= bit;
  domain.cr4 = chosen;
  // XSAVE is Xen's own way of switching contexts, whether its guest uses it or not.
  const xsave = advertises(cpuid, 'xsave') ? CR4.OSXSAVE : 0;
  cpu.setCr4(XENS | xsave | chosen);
}

/** CR4 as a guest reads it. */
export const seenCr4 = (domain: PvDomain): bigint => BigInt((domain.cr4 | VISIBLE) >>> 0);

/** XCR0 as a guest finds it. */
export function firstXcr0({ machine: { cpu } }: PvDomain): void {
  if (advertises(cpu.outside.cpuid, 'xsave')) cpu.xcr0 = FIRST_XCR0;
}

function readControl(domain: PvDomain, instruction: Decoded): boolean {
  const { cpu } = domain.machine;
  const [to, from] = instruction.operands as [RegisterOperand, RegisterOperand];
  switch (from.number) {
    case 0:
      cpu.writeGpr(to.number, BigInt(cpu.cr0 >>> 0), 64);
      return true;
    case 2:
      cpu.writeGpr(to.number, cpu.cr2, 64);
      return true;
    case 3:
      cpu.writeGpr(to.number, BigInt(domain.kernelRoot), 64);
      return true;
    case 4:
      cpu.writeGpr(to.number, seenCr4(domain), 64);
      return true;
    default:
      return false;
  }
}

function writeControl(domain: PvDomain, instruction: Decoded): boolean {
  const { cpu } = domain.machine;
  const [to, from] = instruction.operands as [RegisterOperand, RegisterOperand];
  const value = cpu.readGpr(from.number, 64);
  switch (to.number) {
    case 0:
      // Nothing but TS may change.
      if ((value ^ BigInt(cpu.cr0 >>> 0)) & ~BigInt(CR0.TS)) return false;
      domain.monitor.setTaskSwitched((value & BigInt(CR0.TS)) !== 0n);
      return true;
    case 2:
      cpu.cr2 = value;
      return true;
    case 3:
      return kernelRoot(domain, value >> 12n) === 0;
    case 4:
      chooseCr4(domain, value);
      return true;
    default:
      return false;
  }
}

/** XSETBV: the guest's own OSXSAVE decides whether there is one. */
function setExtendedControl(domain: PvDomain): boolean {
  const { cpu } = domain.machine;
  if (!(domain.cr4 & CR4.OSXSAVE)) raise(VECTOR.UD);
  const value = cpu.gpr[RAX]! & 0xffffffffn;
  // x87 state cannot be switched off; there is nothing above SSE.
  if (cpu.gpr[RCX]! & 0xffffffffn || cpu.gpr[RDX]! & 0xffffffffn || !(value & 1n) || value > 3n) return false;
  cpu.xcr0 = Number(value);
  return true;
}

export const controlRegisterEmulations: Readonly<Record<string, Emulation>> = {
  movfc: kernelOnly(readControl),
  movtc: kernelOnly(writeControl),
  xsetbv: kernelOnly(setExtendedControl),
  clts: kernelOnly((domain) => {
    domain.monitor.setTaskSwitched(false);
    return true;
  }),
};
