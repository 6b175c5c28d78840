import { CR0 } from '../../../abi/x86/control-registers.js';
import { FLAG } from '../../../abi/x86/flags.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { raise, raiseInterrupt } from '../exceptions/fault.js';
import { interruptReturn } from '../exceptions/interrupt-return.js';
import type { InstructionDescription } from '../instruction.js';
import type { Processor } from '../processor.js';

/** INT n in virtual-8086 mode is the monitor's unless IOPL is 3 (Intel SDM vol. 3, §22.3; no VME). */
function guardVirtual8086(cpu: Processor): void {
  if (cpu.cr0 & CR0.PE && cpu.realOrVm && (cpu.systemFlags & FLAG.IOPL) !== FLAG.IOPL) raise(VECTOR.GP, 0);
}

/** Software interrupts and the return from any interrupt. */
export const interrupts: InstructionDescription[] = [
  {
    name: 'int',
    encodings: ['cd Ib'],
    system: (cpu, instruction) => {
      guardVirtual8086(cpu);
      raiseInterrupt(Number(cpu.readOperand(instruction, 0)), true);
    },
  },
  { name: 'int3', encodings: ['cc'], system: () => raiseInterrupt(VECTOR.BP, true) },
  {
    name: 'into',
    encodings: ['ce ;i64'],
    system: (cpu) => {
      if (cpu.flags & FLAG.OF) raiseInterrupt(VECTOR.OF, true);
    },
  },
  { name: 'int1', encodings: ['f1'], system: () => raiseInterrupt(VECTOR.DB, false) },
  { name: 'iret', encodings: ['cf'], system: interruptReturn },
];
