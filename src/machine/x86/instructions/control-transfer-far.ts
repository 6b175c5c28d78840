import type { Decoded, InstructionDescription } from '../instruction.js';
import type { Processor } from '../processor.js';
import { callFar, jumpFar, returnFar } from '../segments/far-transfer.js';
import { readFarPointer } from './far-pointer.js';

const through =
  (go: typeof jumpFar): InstructionDescription['system'] =>
  (cpu: Processor, instruction: Decoded) => {
    const operand = instruction.operands[0]!;
    if (operand.kind === 'far') go(cpu, instruction, operand.selector!, operand.value);
    else {
      const { selector, offset } = readFarPointer(cpu, instruction, 0);
      go(cpu, instruction, selector, offset);
    }
  };

/** Far JMP, CALL and RET. */
export const controlTransferFar: InstructionDescription[] = [
  { name: 'jmpf', encodings: ['ea Ap ;i64', 'ff /5 Mp'], system: through(jumpFar) },
  { name: 'callf', encodings: ['9a Ap ;i64', 'ff /3 Mp'], system: through(callFar) },
  { name: 'retf', encodings: ['cb'], system: (cpu, instruction) => returnFar(cpu, instruction, 0) },
  {
    name: 'retfn',
    // The operand is read as an immediate of 16 bits, so the operation size is worked out from the opcode's form.
    encodings: ['ca Iw'],
    system: (cpu, instruction) => returnFar(cpu, instruction, Number(cpu.readOperand(instruction, 0))),
  },
];
