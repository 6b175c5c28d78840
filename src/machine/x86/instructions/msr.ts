import { GPR } from '../../../abi/x86/registers.js';
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
      const value = readMsrOrFault(cpu, Number(cpu.gpr[GPR.RCX]! & 0xffffffffn));
      cpu.gpr[GPR.RAX] = value & 0xffffffffn;
      cpu.gpr[GPR.RDX] = value >> 32n;
    },
  },
  {
    name: 'wrmsr',
    encodings: ['0f 30'],
    system: (cpu) => {
      requirePrivilege(cpu);
      const value = (cpu.gpr[GPR.RAX]! & 0xffffffffn) | ((cpu.gpr[GPR.RDX]! & 0xffffffffn) << 32n);
      writeMsrOrFault(cpu, Number(cpu.gpr[GPR.RCX]! & 0xffffffffn), value);
    },
  },
];
