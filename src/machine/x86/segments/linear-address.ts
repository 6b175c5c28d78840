import type { Decoded } from '../instruction.js';
import type { Processor } from '../processor.js';
import { segment, segmentOffset } from '../state.js';

/**
 * Linear address of an offset in a segment, for instructions in TypeScript that address memory without a memory
 * operand. Outside 64-bit mode the range is checked: #SS or #GP.
 */
export function linearAddress(
  cpu: Processor,
  instruction: Decoded,
  index: number,
  offset: bigint,
  bytes: number,
  write: boolean,
): bigint {
  const at = segmentOffset(index);
  const { view } = cpu.memory;
  if (instruction.mode === 64) {
    return index >= 4 ? offset + view.getBigInt64(at + segment.base, true) : offset;
  }
  const from = offset - view.getBigUint64(at + segment.low, true);
  const valid = view.getBigUint64(at + (write ? segment.writable : segment.readable), true);
  if (from < 0n || from + BigInt(bytes) > valid) cpu.segmentFault(index);
  return BigInt.asUintN(32, offset + view.getBigUint64(at + segment.base, true));
}
