import type { RegisterOperand, Size } from '../instruction.js';
import type { OperandCode } from './encoding.js';
import { generalRegisters, legacyByteRegisters, registerOperands } from './registers.js';

/** Where an operand comes from. */
export const FROM = {
  /** r/m: memory or a register. */
  modrm: 0,
  /** The register in r/m, in reg, in the low bits of the opcode; always the same one. */
  rm: 1,
  reg: 2,
  opcode: 3,
  fixed: 4,
  immediate: 5,
  /** A displacement from the next instruction. */
  relative: 6,
  /** Memory at an offset as wide as addresses are. */
  offset: 7,
  /** An offset and a selector. */
  far: 8,
  /** A number that the opcode implies. */
  constant: 9,
} as const;

const segmentNames = ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'];

type Registers = readonly (RegisterOperand | undefined)[];

/** Eight registers, for fields whose REX bit says nothing. */
const eight = (registers: Registers): Registers => [...registers.slice(0, 8), ...registers.slice(0, 8)];

/** An operand code under one operand size attribute: all that is known before an instruction's bytes are read. */
export class OperandSource {
  readonly from: number;
  /** By number with the REX bit. Undefined: no such register, #UD. */
  readonly registers: Registers;
  /** The same in an instruction without REX. */
  readonly legacy: Registers;
  /** Of what stands in the instruction. */
  readonly bytes: number;
  /** Of a constant. */
  readonly value: number;

  /** Of the value. */
  readonly size: Size;

  constructor({ text, kind, size: letter }: OperandCode, attribute: 16 | 32 | 64, size: Size) {
    this.from = sourceOf(kind, text);
    this.registers = registersOf(kind, text, size);
    this.legacy = this.registers === generalRegisters[8] ? legacyByteRegisters : this.registers;
    // The immediates of RET and ENTER say nothing about the operation, but have sizes of their own.
    const own = kind !== 'I' ? undefined : letter === 'w' ? 16 : letter === 'l' ? 8 : undefined;
    this.size = own ?? (kind === 'A' ? attribute : size);
    this.bytes =
      kind === 'Is' || letter === 'b'
        ? 1
        : letter === 'z' || kind === 'A'
          ? attribute === 16
            ? 2
            : 4
          : this.size / 8;
    this.value = this.from === FROM.constant ? Number(text) : 0;
  }
}

function sourceOf(kind: string, text: string): number {
  if ('EMWQ'.includes(kind)) return FROM.modrm;
  if ('RUN'.includes(kind) || text === 'STi') return FROM.rm;
  if ('GVPSCD'.includes(kind)) return FROM.reg;
  if (kind === 'Z') return FROM.opcode;
  if (kind === 'I' || kind === 'Is') return FROM.immediate;
  if (kind === 'J') return FROM.relative;
  if (kind === 'O') return FROM.offset;
  if (kind === 'A') return FROM.far;
  return text === '1' || text === '3' ? FROM.constant : FROM.fixed;
}

function registersOf(kind: string, text: string, size: Size): Registers {
  if ('EGZR'.includes(kind)) return generalRegisters[size] ?? [];
  if ('VWU'.includes(kind)) return registerOperands('xmm', size);
  if ('PQN'.includes(kind)) return eight(registerOperands('mmx', size));
  const segments = registerOperands('segment', 16).slice(0, segmentNames.length);
  if (kind === 'S') return eight([...segments, undefined, undefined]);
  if (kind === 'C') return registerOperands('control', size);
  if (kind === 'D') return registerOperands('debug', size);
  if (kind !== '=') return [];
  if (text === 'STi') return eight(registerOperands('st', 80));
  if (text === 'ST0') return registerOperands('st', 80);
  if (text === 'CL') return [generalRegisters[8]![1]];
  if (text === 'DX') return [generalRegisters[16]![2]];
  if (segmentNames.includes(text)) return [segments[segmentNames.indexOf(text)]];
  // AL, AX, EAX, rAX; constants have none.
  return generalRegisters[size] ?? [];
}
