import type { Flow } from '../engine/flow.js';
import type { Emitter } from './emitter/emitter.js';
import type { Operand, Size } from './operands.js';
import type { Processor } from './processor.js';

/** How a branch goes on. */
export type BranchFlow = Exclude<Flow, 'next' | 'leave'>;

/** One instruction in memory. */
export interface Decoded {
  readonly description: InstructionDescription;
  /** Linear address of its first byte, and of the next instruction. */
  readonly pc: bigint;
  readonly next: bigint;
  readonly length: number;
  readonly operands: readonly Operand[];
  /** Operation size: of the first operand that is not fixed, else the operand size attribute. */
  readonly size: Size;
  readonly addressSize: 16 | 32 | 64;
  readonly mode: 16 | 32 | 64;
  readonly lock: boolean;
  /** 0xf3 REP/REPE, 0xf2 REPNE, 0 none; 0 also where the prefix is part of the opcode. */
  readonly rep: 0 | 0xf2 | 0xf3;
  /** Segment override or the default of the memory operand. */
  readonly segment: number;
  readonly opcode: number;
  /** 0 when the instruction has none. */
  readonly modrm: number;
}

/**
 * One instruction: how it is encoded and what it does. Both tiers are generated from it.
 * Encodings are written as `[np|66|f3|f2] bytes [/digit|+r|modrm=xx] [operands] [flags]`; see decoder/encoding.ts.
 * Exactly one of `emit` and `system` is given.
 */
export interface InstructionDescription {
  /** Mnemonic as the Intel SDM spells it, in lower case. */
  readonly name: string;
  readonly encodings: readonly string[];
  /** Emits what the instruction does; called once for each combination of operand sizes and forms. */
  readonly emit?: (x: Emitter) => void;
  /**
   * What `emit` leaves to TypeScript with `callSlow`, for operands in which generated code would not be exact. Takes
   * `state.operandA`, `operandB` and `control`; puts `state.result`.
   */
  readonly slow?: (cpu: Processor) => void;
  /** Rare or privileged instructions, in TypeScript. Memory operands: linear address in `cpu.operandAddress`. */
  readonly system?: (cpu: Processor, instruction: Decoded) => void;
  /**
   * Of a string instruction: emits its common case, and `x.callSystem()` for the others. For 64-bit addresses without a
   * segment base, with REP.
   */
  readonly fast?: (x: Emitter) => void;
  /** Of a string instruction: emits what it does without REP. */
  readonly once?: (x: Emitter) => void;
  /** Of a system instruction: raises what comes before a fault of its memory operand's segment (#NM, #MF). */
  readonly guard?: (cpu: Processor) => void;
  /** LOCK is allowed with a memory destination; 'register': it has a meaning of its own, which `system` looks at. */
  readonly lock?: boolean | 'register';
  /** Transfers control: emit must end with a goto. */
  readonly flow?: BranchFlow;
  /** The block ends after it and the run loop looks at the world; default true for system instructions. */
  readonly ends?: boolean;
  /** Uses the stack pointer, so it is emitted once for long mode and once for the others. */
  readonly stack?: boolean;
}
