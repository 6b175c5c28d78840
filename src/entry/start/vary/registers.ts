import { GPR } from '../../../abi/x86/registers.js';
import type { Choice } from './choice.js';

/** General registers that the loader left something in. */
export const registers: readonly Choice[] = (Object.keys(GPR) as (keyof typeof GPR)[]).map((name) => ({
  id: name.toLowerCase(),
  family: 'registers',
  title: `another value in ${name}`,
  clause: ({ registers, stated = [] }) => (stated.includes(name) ? undefined : registers),
  after({ cpu }, random) {
    const value = random.long();
    // Code that cannot name the upper half, or R8 to R15, finds what they would be cleared to.
    if (cpu.codeBits === 64) cpu.gpr[GPR[name]] = value;
    else if (GPR[name] < GPR.R8) cpu.gpr[GPR[name]] = BigInt.asUintN(32, value);
  },
}));
