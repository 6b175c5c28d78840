import { stateBase as base, words } from '../engine/layout.js';

/**
 * Where the processor's state stands in the machine's one linear memory, in bytes.
 * Generated code and TypeScript both use these offsets; nothing else knows them.
 */

export const state = {
  ...words,
  /** RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8–R15; 8 bytes each. */
  gpr: base,
  /** Eight bytes that stay zero: the "register" of an address without base or index. */
  zero: base + 0x80,
  rip: words.pc,
  /** Result of the last flag-setting operation, sign-extended: ZF is `== 0`, SF is `< 0` xor bit 7 of flagsAux. */
  flagsResult: base + 0x90,
  /** i32: CF, AF and OF at their RFLAGS places; bits 2 and 7 invert the PF and SF that flagsResult gives. */
  flagsAux: base + 0x98,
  /** i32: RFLAGS without CF, PF, AF, ZF, SF, OF; bit 1 set. */
  flagsSystem: base + 0x9c,
  /** i64: stack pointer mask: all ones, 32 or 16 bits. */
  stackMask: base + 0xb8,
  /** i64: effective linear address handed to a system instruction. */
  address: base + 0xc0,
  /** i32: current privilege level. */
  cpl: base + 0xc8,
  /** i32: nonzero while an interrupt waits that IF would let through. */
  interruptLine: base + 0xd0,
  /** i32: nonzero when interrupts are held off for one instruction (after STI, MOV SS, POP SS). */
  interruptShadow: base + 0xd4,
  /** i32: vector that any SSE instruction raises now (#UD, #NM), 0 when none; follows CR0 and CR4. */
  sseFault: base + 0xd8,
  /** i32: the same for MMX instructions. */
  mmxFault: base + 0xdc,
  /** i32: MXCSR. */
  mxcsr: base + 0xcc,
  /** ES, CS, SS, DS, FS, GS, LDTR, TR, and a flat one that stays zero: see `segment`. */
  segments: base + 0x100,
  cr0: base + 0x340,
  cr2: base + 0x348,
  cr3: base + 0x350,
  cr4: base + 0x358,
  cr8: base + 0x360,
  efer: base + 0x368,
  /** XMM0–XMM15; 16 bytes each. */
  xmm: base + 0x400,
  /** Physical x87 registers R0–R7: 64-bit significand, 16-bit sign and exponent, 6 bytes unused. MMX aliases them. */
  fpr: base + 0x500,
  /** i32 each. */
  fpuControl: base + 0x580,
  fpuStatus: base + 0x584,
  /** i32: one bit a physical register, set when it is in use (the abridged tag word). */
  fpuTag: base + 0x588,
  fpuOpcode: base + 0x58c,
  fpuInstruction: base + 0x590,
  fpuData: base + 0x598,
  /** 16 bytes each: what an instruction hands to its `slow`, and gets back. */
  operandA: base + 0x600,
  operandB: base + 0x610,
  result: base + 0x620,
  /** i32: immediate and the like for `slow`. */
  control: base + 0x630,
  /** Three times 16 bytes: an operand to shift by bytes; what is before and behind it stays zero. */
  bytes: base + 0x640,
  /**
   * i32: how CF, AF and OF follow from the last operation while translated code runs: see `flagsKind`. 0: they are in
   * flagsAux, as everywhere else.
   */
  flagsKind: base + 0x680,
  /** i64 each: operands of that operation. */
  flagsA: base + 0x688,
  flagsB: base + 0x690,
  /** i64: time-stamp counter at the end of the running stretch: less `remaining`, it is the current one. */
  timeStampEnd: base + 0x6a0,
  /** i32: bit n: segment register n is flat: base 0, all of 4 GiB readable and writable; SS a 32-bit stack too. */
  flatSegments: base + 0x6a8,
} as const;

/** Inside one of `state.segments`, 64 bytes each. */
export const segment = {
  size: 64,
  selector: 0,
  /** i32: bits 8–23 of the descriptor's second word: type, S, DPL, P, AVL, L, D/B, G at bits 0–15. */
  access: 4,
  base: 8,
  /** i64: lowest valid offset (0, or limit + 1 when expand-down). */
  low: 24,
  /** i64: number of readable bytes from `low`, 0 when none. */
  readable: 32,
  /** i64: number of writable bytes from `low`, 0 when none. */
  writable: 40,
  /** i32: limit in bytes, as LSL gives it. */
  limit: 48,
} as const;

export const segmentIndex = { es: 0, cs: 1, ss: 2, ds: 3, fs: 4, gs: 5, ldtr: 6, tr: 7, flat: 8 } as const;

/** Offset of general register `n` for an operand of `bits`; 4–7 are AH–BH when `high`. */
export function gprOffset(n: number, high = false): number {
  return high ? state.gpr + (n - 4) * 8 + 1 : state.gpr + n * 8;
}

export function segmentOffset(n: number): number {
  return state.segments + n * segment.size;
}
