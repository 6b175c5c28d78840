import type { Decoded, InstructionDescription } from '../instruction.js';
import { checkOperandRange } from '../operand-range.js';
import type { MemoryOperand } from '../operands.js';
import type { Processor } from '../processor.js';
import { type X87, x87Of } from './x87.js';

const available = (cpu: Processor): void => x87Of(cpu).checkAvailable();
const ready = (cpu: Processor): void => {
  const x87 = x87Of(cpu);
  x87.checkAvailable();
  x87.checkPending();
};

export type X87Operation = (x87: X87, instruction: Decoded) => void;

/** A waiting instruction that is recorded in the instruction pointer: arithmetic, transfers, comparisons. */
export function numeric(name: string, encodings: string[], run: X87Operation): InstructionDescription {
  return {
    name,
    encodings,
    ends: false,
    guard: ready,
    system: (cpu, instruction) => {
      ready(cpu);
      const x87 = x87Of(cpu);
      run(x87, instruction);
      x87.recordInstruction(instruction);
    },
  };
}

/** A control instruction; it waits for pending exceptions only where `waits`. */
export function control(
  name: string,
  encodings: string[],
  run: X87Operation,
  waits = false,
): InstructionDescription {
  const guard = waits ? ready : available;
  return {
    name,
    encodings,
    ends: false,
    guard,
    system: (cpu, instruction) => {
      guard(cpu);
      run(x87Of(cpu), instruction);
    },
  };
}

/** Whether operand 0 is in memory. */
export const inMemory = ({ operands }: Decoded): boolean => operands[0]?.kind === 'memory';

/** Number of the stack register that operand `n` names. */
export const stackRegister = ({ operands }: Decoded, n: number): number =>
  (operands[n] as { number: number }).number;

/** The memory operand as bits, zero-extended. */
export function readMemory(cpu: Processor, instruction: Decoded): bigint {
  const bytes = (instruction.operands[0] as MemoryOperand).size / 8;
  checkOperandRange(cpu, instruction, 0, bytes);
  return cpu.linear.read(cpu.operandAddress, bytes);
}

/** Raises what writing the memory operand would, before anything is flagged. */
export function probeMemory(cpu: Processor, instruction: Decoded): void {
  const bytes = (instruction.operands[0] as MemoryOperand).size / 8;
  checkOperandRange(cpu, instruction, 0, bytes, true);
  cpu.linear.probeWrite(cpu.operandAddress, bytes);
}

export function writeMemory(cpu: Processor, instruction: Decoded, bits: bigint): void {
  const bytes = (instruction.operands[0] as MemoryOperand).size / 8;
  cpu.linear.write(cpu.operandAddress, bytes, BigInt.asUintN(bytes * 8, bits));
}
