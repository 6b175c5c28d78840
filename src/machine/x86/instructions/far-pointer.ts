import type { Decoded } from '../instruction.js';
import { checkOperandRange } from '../operand-range.js';
import type { Processor } from '../processor.js';

/**
 * The m16:16, m16:32 or m16:64 at memory operand `n`. AMD's processors know no m16:64: with REX.W it is m16:32 (AMD APM
 * vol. 3, JMP far, LSS).
 */
export function readFarPointer(
  cpu: Processor,
  instruction: Decoded,
  n: number,
): { selector: number; offset: bigint } {
  const widest = cpu.vendor === 'intel' ? 8 : 4;
  const bytes = Math.min(instruction.size / 8, widest);
  checkOperandRange(cpu, instruction, n, bytes + 2);
  const offset = cpu.linear.read(cpu.operandAddress, bytes);
  const selector = Number(cpu.linear.read(cpu.operandAddress + BigInt(bytes), 2));
  return { selector, offset };
}
