import { VECTOR } from '../../abi/x86/vectors.js';
import { raise } from './exceptions/fault.js';
import type { Decoded } from './instruction.js';
import type { MemoryOperand } from './operands.js';
import type { Processor } from './processor.js';
import { segment, segmentIndex, segmentOffset } from './state.js';

/**
 * Checks that `bytes` at memory operand `n` lie in its segment; needed where a system instruction's operand is longer
 * than the byte that generated code has checked, or is written. 64-bit mode has no such limits.
 */
export function checkOperandRange(
  cpu: Processor,
  instruction: Decoded,
  n: number,
  bytes: number,
  write = false,
): void {
  if (instruction.mode === 64) return;
  const operand = instruction.operands[n] as MemoryOperand;
  const { u32, view } = cpu.memory;
  const at = segmentOffset(operand.segment);
  const offset = (Number(BigInt.asUintN(32, cpu.operandAddress)) - u32[(at + segment.base) >> 2]!) >>> 0;
  const low = Number(view.getBigUint64(at + segment.low, true));
  const valid = Number(view.getBigUint64(at + (write ? segment.writable : segment.readable), true));
  if (offset < low || offset - low + bytes > valid)
    raise(operand.segment === segmentIndex.ss ? VECTOR.SS : VECTOR.GP, 0);
}
