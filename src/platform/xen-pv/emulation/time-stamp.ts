import { MSR } from '../../../abi/x86/msr.js';
import { GPR } from '../../../abi/x86/registers.js';
import { readTimeStamp } from '../../../machine/x86/time-stamp.js';
import type { PvDomain } from '../domain.js';
import { type Emulation, kernelOnly } from './emulation.js';

const { RAX, RCX, RDX } = GPR;

/** Under CR4.TSD the guest's kernel, which counts as privileged, goes on reading the counter. */
function timeStamp({ machine: { cpu } }: PvDomain): boolean {
  const value = readTimeStamp(cpu);
  cpu.gpr[RAX] = value & 0xffffffffn;
  cpu.gpr[RDX] = value >> 32n;
  return true;
}

export const timeStampEmulations: Readonly<Record<string, Emulation>> = {
  rdtsc: kernelOnly(timeStamp),
  rdtscp: kernelOnly((domain) => {
    const { cpu } = domain.machine;
    cpu.gpr[RCX] = cpu.msr.get(MSR.TSC_AUX) ?? 0n;
    return timeStamp(domain);
  }),
};
