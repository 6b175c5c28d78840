import type { CpuidFeature, CpuidOptions } from '../../../machine/x86/cpuid.js';
import type { Choice } from './choice.js';
import type { Random } from './random.js';

const INTEL = 'GenuineIntel';
const AMD = 'AuthenticAMD';
/** Makers of x86-64 processors beside these, and one that nobody has heard of. */
const others = ['Zeropage CPU', 'HygonGenuine', 'CentaurHauls'];

/** What kernels can do without: the psABI's baseline does not have it, and Linux does not require it (asm/required-features.h). */
const spare: readonly CpuidFeature[] = ['nx', 'sep', 'mtrr', 'pat', 'mce', 'mca', 'pse36', 'clflush'];
/** What came later. */
const recent: readonly CpuidFeature[] = [
  'pcid',
  'x2apic',
  'rdrand',
  'rdseed',
  'fsgsbase',
  'smep',
  'smap',
  'umip',
  'invpcid',
  'pdpe1gb',
  'rdtscp',
  'xsave',
];

/** Another processor, and one that shows less than the usual one. Other code runs by design. */
export const lesserProcessor: readonly Choice[] = [
  shown('vendor', 'another vendor in CPUID', (cpu, { seed }) => ({ ...cpu, vendor: otherVendor(cpu, seed) })),
  shown('last-leaf', 'no leaf of CPUID behind the first', (cpu) => ({ ...cpu, lastLeaf: 1 })),
  shown('features-fewer', `without ${spare.join(', ')} in CPUID`, (cpu) => ({
    ...cpu,
    remove: [...(cpu.remove ?? []), ...spare.filter((name) => !cpu.add?.includes(name))],
  })),
];

/** One that shows more. */
export const greaterProcessor: readonly Choice[] = [
  shown('hypervisor', 'a hypervisor in CPUID that nobody knows', (cpu) => ({
    ...cpu,
    hypervisor: cpu.hypervisor ?? { signature: 'ZeropageVary' },
  })),
  shown('features-more', `with ${recent.join(', ')} in CPUID`, (cpu) => ({
    ...cpu,
    add: [...(cpu.add ?? []), ...recent.filter((name) => !cpu.remove?.includes(name))],
  })),
  shown('la57', 'paging of five levels in CPUID', (cpu) => ({ ...cpu, add: [...(cpu.add ?? []), 'la57'] })),
];

function shown(id: string, title: string, cpu: NonNullable<Choice['cpu']>): Choice {
  return { id, family: 'processor', title, clause: (freedom) => freedom.processor, otherCode: true, cpu };
}

/** The other one of the two that matter first. */
function otherVendor({ vendor = AMD }: CpuidOptions, seed: Random['seed']): string {
  const possible = [vendor === INTEL ? AMD : INTEL, ...others];
  return possible[(seed - 1) % possible.length]!;
}
