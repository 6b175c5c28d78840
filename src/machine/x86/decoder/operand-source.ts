import type { RegisterOperand, Size } from '../operands.js';
import { segment, state } from '../state.js';
import type { OperandCode } from './encoding.js';
import { legacyByteRegisters, registerOperands } from './registers.js';

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

/** Registers of one kind and size, by the numbers that instructions have for them. */
interface RegisterFile {
  /** Number of those that exist; a greater number is #UD. */
  readonly count: number;
  /** What of the number counts: for some kinds the REX bit does not. */
  readonly mask: number;
  /** Where number 0 stands in the state, and how far it is to the next; 0: no record names these. */
  readonly base: number;
  readonly stride: number;
  readonly all: readonly RegisterOperand[];
}

const file = (
  kind: RegisterOperand['kind'],
  size: Size,
  [base, stride]: readonly [number, number] = [0, 0],
  mask = 15,
  count = mask + 1,
): RegisterFile => ({ count, mask, base, stride, all: registerOperands(kind, size) });

const general = (size: Size): RegisterFile => file('gpr', size, [state.gpr, 8]);
const segments = file('segment', 16, [state.segments + segment.selector, segment.size], 7, 6);
const segmentNames = ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'];

/** An operand code under one operand size attribute: all that is known before an instruction's bytes are read. */
export class OperandSource {
  readonly from: number;
  /** Of what stands in the instruction. */
  readonly bytes: number;
  /** Of the value. */
  readonly size: Size;
  /** A constant, or the number of a register that is always the same. */
  readonly value: number;
  /** See `RegisterFile`; all 0 where the operand is never a register. */
  readonly mask: number;
  readonly count: number;
  readonly base: number;
  readonly stride: number;
  /** Without REX, numbers 4–7 are AH–BH. */
  readonly highBytes: boolean;
  readonly #file: RegisterFile | undefined;

  constructor({ text, kind, size: letter }: OperandCode, attribute: 16 | 32 | 64, size: Size) {
    this.from = sourceOf(kind, text);
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
    this.value = this.from === FROM.constant ? Number(text) : fixedNumber(text);
    const registers = fileOf(kind, text, size);
    this.mask = registers?.mask ?? 0;
    this.count = registers?.count ?? 0;
    this.base = registers?.base ?? 0;
    this.stride = registers?.stride ?? 0;
    this.highBytes = size === 8 && 'EGZR'.includes(kind);
    this.#file = registers;
  }

  /** The register of a number; `rex`: the instruction has that prefix. */
  register(number: number, rex: boolean): RegisterOperand | undefined {
    return this.highBytes && !rex ? legacyByteRegisters[number] : this.#file?.all[number];
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

/** Number of a register that a text names, 0 for most. */
function fixedNumber(text: string): number {
  return text === 'CL' ? 1 : text === 'DX' ? 2 : Math.max(0, segmentNames.indexOf(text));
}

function fileOf(kind: string, text: string, size: Size): RegisterFile | undefined {
  if ('EGZR'.includes(kind)) return general(size);
  if ('VWU'.includes(kind)) return file('xmm', size, [state.xmm, 16]);
  if ('PQN'.includes(kind)) return file('mmx', size, [state.fpr, 16], 7);
  if (kind === 'S' || segmentNames.includes(text)) return segments;
  if (kind === 'C') return file('control', size);
  if (kind === 'D') return file('debug', size);
  if (text.startsWith('ST')) return file('st', 80, undefined, 7);
  return kind === '=' ? general(text === 'CL' ? 8 : text === 'DX' ? 16 : size) : undefined;
}
