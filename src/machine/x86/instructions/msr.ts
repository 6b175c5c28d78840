import type { InstructionDescription } from '../instruction.js';
import { readMsrOrFault, writeMsrOrFault } from '../msr.js';
import { requirePrivilege } from '../privilege.js';

/** RDMSR and WRMSR. */
export const msr: InstructionDescription[] = [
  {
    name: 'rdmsr',
    encodings: ['0f 32'],
    ends: false,
    system: (cpu) => {
      requirePrivilege(cpu);
      const value = readMsrOrFault(cpu, Number(cpu.gpr[1]! & 0xffffffffn));
      cpu.gpr[0] = value & 0xffffffffn;
      cpu.gpr[2] = value >> 32n;
    },
  },
  {
    name: 'wrmsr',
    encodings: ['0f 30'],
    system: (cpu) => {
      requirePrivilege(cpu);
      const value = (cpu.gpr[0]! & 0xffffffffn) | ((cpu.gpr[2]! & 0xffffffffn) << 32n);
      writeMsrOrFault(cpu, Number(cpu.gpr[1]! & 0xffffffffn), value);
    },
  },
];
