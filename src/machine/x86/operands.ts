/** Operation and operand sizes, in bits. 80 for x87 extended, 128 for XMM. */
export type Size = 8 | 16 | 32 | 64 | 80 | 128;

/** A memory operand as decoded. */
export interface MemoryOperand {
  readonly kind: 'memory';
  readonly size: Size;
  /** Number of the segment register. */
  readonly segment: number;
  /** General register numbers; absent when the address has none. */
  readonly base?: number;
  readonly index?: number;
  /** log2 of the scale. */
  readonly scale: number;
  /** Already RIP-relative where it must be: an absolute address then. */
  readonly displacement: bigint;
  readonly addressSize: 16 | 32 | 64;
}

export interface RegisterOperand {
  readonly kind: 'gpr' | 'xmm' | 'mmx' | 'segment' | 'control' | 'debug' | 'st';
  readonly size: Size;
  readonly number: number;
  /** AH, CH, DH, BH. */
  readonly high?: boolean;
}

export interface ImmediateOperand {
  /** 'relative' is a branch target, already absolute. */
  readonly kind: 'immediate' | 'relative' | 'far';
  readonly size: Size;
  readonly value: bigint;
  /** Selector of a far pointer. */
  readonly selector?: number;
}

export type Operand = MemoryOperand | RegisterOperand | ImmediateOperand;

/** What has operands. */
export interface OperandsOf {
  readonly operands: readonly Operand[];
}
