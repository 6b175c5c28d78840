import type { RegisterOperand, Size } from '../operands.js';

/** Register operands are immutable and few: each exists once. */
const tables: Partial<Record<RegisterOperand['kind'], (readonly RegisterOperand[])[]>> = {};

const make = (kind: RegisterOperand['kind'], size: Size): readonly RegisterOperand[] =>
  Array.from({ length: 16 }, (_, number): RegisterOperand => ({ kind, size, number }));

/** All registers of a kind as operands of a size, by number. */
export function registerOperands(kind: RegisterOperand['kind'], size: Size): readonly RegisterOperand[] {
  const ofKind = (tables[kind] ??= []);
  return (ofKind[size] ??= make(kind, size));
}

/** Byte registers of an instruction without REX: 4–7 are AH–BH. */
export const legacyByteRegisters: readonly RegisterOperand[] = make('gpr', 8).map((operand) =>
  operand.number >= 4 ? { ...operand, high: true } : operand,
);
