import type { MemoryOperand } from '../../src/machine/x86/operands.js';
import { baseOf, type Mode } from './layout.js';

/** Linear address of a memory operand under given registers. */
export function linearAddress(
  { base, index, scale, displacement, addressSize, segment }: MemoryOperand,
  mode: Mode,
  register: (number: number) => bigint,
): bigint {
  const offset =
    (base === undefined ? 0n : register(base)) +
    (index === undefined ? 0n : register(index) << BigInt(scale)) +
    displacement;
  const linear = BigInt.asUintN(addressSize, offset) + BigInt(baseOf(mode, segment));
  return BigInt.asUintN(mode === 64 ? 64 : 32, linear);
}
