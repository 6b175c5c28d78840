import type { Decoded } from '../../../machine/x86/instruction.js';
import type { PvDomain } from '../domain.js';

/** Carries out what the processor refused at level 3; false: it is the guest's #GP after all. */
export type Emulation = (domain: PvDomain, instruction: Decoded) => boolean;

/** Only for the guest's kernel, which counts as privileged. */
export function kernelOnly(emulation: Emulation): Emulation {
  return (domain, instruction) => domain.kernelMode && emulation(domain, instruction);
}
