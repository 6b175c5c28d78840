import { Register } from 'iced-x86';

/** A place in the program, by name; its address is known once everything is assembled. */
export interface Label {
  readonly label: string;
  /** Bytes behind it. */
  readonly plus: number;
}

/** A memory operand. Without a register it is relative to RIP in 64-bit code and absolute elsewhere. */
export interface Memory {
  /** Operand size in bits; 0 where the instruction alone decides (lgdt, lea, fxsave). */
  readonly size: 0 | 8 | 16 | 32 | 64;
  readonly base: Register;
  readonly index: Register;
  readonly scale: 1 | 2 | 4 | 8;
  readonly displacement: number | Label;
}

export type Operand = Register | Memory | Immediate | Label;

/** A number in the instruction itself: a value, or the address of a label. */
export interface Immediate {
  readonly immediate: bigint | Label;
}

export function label(name: string, plus = 0): Label {
  return { label: name, plus };
}

/** An immediate operand: plain numbers are registers to the assembler, as they are in iced-x86. */
export function imm(value: number | bigint | Label): Immediate {
  return { immediate: typeof value === 'object' ? value : BigInt(value) };
}

function memoryOf(size: Memory['size']) {
  return (
    base: Register | Label,
    displacement: number | Label = 0,
    index: Register = Register.None,
    scale: Memory['scale'] = 1,
  ): Memory =>
    typeof base === 'object'
      ? { size, base: Register.None, index, scale, displacement: base }
      : { size, base, index, scale, displacement };
}

export const mem = memoryOf(0);
export const byte = memoryOf(8);
export const word = memoryOf(16);
export const dword = memoryOf(32);
export const qword = memoryOf(64);

export { Register };
export const { AL, AH, CL, DL, BL, AX, CX, DX, BX, SI, DI, BP } = Register;
export const { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI } = Register;
export const { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI } = Register;
export const { R8, R9, R10, R11, R12, R13, R14, R15 } = Register;
export const { R8D, R9D, R10D, R11D, R12D, R13D, R14D, R15D } = Register;
export const { CS, DS, ES, FS, GS, SS, CR0, CR2, CR3, CR4, DR4, DR6, DR7 } = Register;
