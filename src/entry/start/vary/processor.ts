import type { CpuidOptions } from '../../../machine/x86/cpuid.js';
import type { Choice } from './choice.js';
import type { Random } from './random.js';

const INTEL = 'GenuineIntel';
const AMD = 'AuthenticAMD';
/** Makers of x86-64 processors beside these, and one that nobody has heard of. */
const others = ['Zeropage CPU', 'HygonGenuine', 'CentaurHauls'];

/** What CPUID says beyond the instructions and features that all x86-64 processors have. */
export const processor: readonly Choice[] = [
  {
    id: 'vendor',
    family: 'processor',
    title: 'another vendor in CPUID',
    clause: (freedom) => freedom.processor,
    otherCode: true,
    cpu: (cpu, { seed }) => ({ ...cpu, vendor: otherVendor(cpu, seed) }),
  },
];

/** The other one of the two that matter first. */
function otherVendor({ vendor = AMD }: CpuidOptions, seed: Random['seed']): string {
  const possible = [vendor === INTEL ? AMD : INTEL, ...others];
  return possible[(seed - 1) % possible.length]!;
}
