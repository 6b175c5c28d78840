import { CR0, CR4, EFER } from '../../../abi/x86/control-registers.js';
import type { Machine } from '../../../machine/machine.js';
import { advertises, type CpuidFeature } from '../../../machine/x86/cpuid.js';
import type { Choice } from './choice.js';
import type { Freedom } from './freedom.js';

/** Bits of control registers that the loader left set. */

/** Caches stay on: that they are off (CD, NW) is what no loader leaves. */
const cr0 = ['MP', 'EM', 'TS', 'NE', 'WP', 'AM'] as const;
/** Where a processor lacks the feature the bit cannot be set, and stays clear. */
const cr4: readonly (readonly [bit: keyof typeof CR4, feature: CpuidFeature, only?: 32 | 64])[] = [
  ['TSD', 'tsc'],
  ['DE', 'de'],
  ['PSE', 'pse'],
  ['PAE', 'pae', 32],
  ['MCE', 'mce'],
  ['PGE', 'pge'],
  ['OSFXSR', 'fxsr'],
  ['OSXMMEXCPT', 'sse'],
  ['UMIP', 'umip'],
  ['FSGSBASE', 'fsgsbase'],
  ['PCIDE', 'pcid', 64],
  ['SMEP', 'smep'],
  ['SMAP', 'smap'],
];
const efer: readonly (readonly [bit: keyof typeof EFER, feature: CpuidFeature])[] = [
  ['SCE', 'syscall'],
  ['NXE', 'nx'],
];

export const control: readonly Choice[] = [
  ...cr0.map((bit) =>
    left('cr0', bit, ({ cpu }) => {
      cpu.setCr0(cpu.cr0 | CR0[bit]);
    }),
  ),
  ...cr4.map(([bit, feature, only]) =>
    left('cr4', bit, (machine) => {
      const { cpu } = machine;
      const fits = only === undefined || only === cpu.codeBits;
      if (fits && has(machine, feature)) cpu.setCr4(cpu.cr4 | CR4[bit]);
    }),
  ),
  ...efer.map(([bit, feature]) =>
    left('efer', bit, (machine) => {
      const { cpu } = machine;
      if (has(machine, feature)) cpu.setEfer(cpu.efer | EFER[bit]);
    }),
  ),
];

function left(
  register: keyof Pick<Freedom, 'cr0' | 'cr4' | 'efer'>,
  bit: string,
  after: (machine: Machine) => void,
): Choice {
  return {
    id: `${register}-${bit.toLowerCase()}`,
    family: 'control',
    title: `${register.toUpperCase()}.${bit} set`,
    register,
    clause: (freedom) => freedom[register],
    after,
  };
}

const has = ({ cpu }: Machine, feature: CpuidFeature): boolean => advertises(cpu.outside.cpuid, feature);
