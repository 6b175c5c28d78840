import type {
  Decoded,
  ImmediateOperand,
  InstructionDescription,
  MemoryOperand,
  Operand,
  Size,
} from '../instruction.js';
import { type Candidate, MOD, PREFIX, Row } from './candidate.js';
import { type Encoding, type OperandCode, parseEncoding } from './encoding.js';

import { generalRegisters, legacyByteRegisters, registerOperands } from './registers.js';

/** Thrown when the bytes end before the instruction does. */
export const needsMore = { reason: 'the instruction goes on behind the bytes given' } as const;
/** Thrown when an instruction is longer than 15 bytes: #GP. */
export const tooLong = { reason: 'the instruction is longer than 15 bytes' } as const;

/** How the bytes are to be read: Intel SDM vol. 1, §3.6. */
export interface DecodeMode {
  readonly bits: 16 | 32 | 64;
  /** Linear base of CS; 0 in 64-bit mode. */
  readonly csBase: number;
  /** Real-address or virtual-8086 mode. */
  readonly real: boolean;
}

/** An instruction with the encoding that matched. */
export interface DecodedWithEncoding extends Decoded {
  readonly encoding: Encoding;
  readonly sizes: readonly (Size | undefined)[];
}

/** The parts of a memory operand, before its size and override are known. One object, reused. */
interface MemoryParts {
  base: number | undefined;
  index: number | undefined;
  scale: number;
  displacement: bigint;
  ripRelative: boolean;
  segment: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Small numbers as BigInt: making one costs more than looking it up. */
const small = Array.from({ length: 512 }, (_, i) => BigInt(i - 256));
function big(value: number): bigint {
  return value >= -256 && value < 256 ? small[value + 256]! : BigInt(value);
}

const segmentNames = ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'];
const bases16 = [3, 3, 5, 5, 6, 7, 5, 3] as const;
const indexes16 = [6, 7, 6, 7, undefined, undefined, undefined, undefined] as const;

/** Decodes instructions by the tables that the descriptions' encodings span. */
export class Decoder {
  readonly encodings: readonly Encoding[];
  /** By map and opcode; undefined where there is nothing. */
  readonly #rows: (Row | undefined)[] = [];

  constructor(descriptions: readonly InstructionDescription[]) {
    this.encodings = descriptions.flatMap((d) => d.encodings.map((text) => parseEncoding(d, text)));
    const rows: Encoding[][] = Array.from({ length: 4 * 256 }, () => []);
    for (const [index, encoding] of this.encodings.entries()) {
      encoding.index = index;
      for (let r = 0; r < (encoding.plusR ? 8 : 1); r++)
        rows[encoding.map * 256 + encoding.opcode + r]!.push(encoding);
    }
    this.#rows = rows.map((row) => (row.length ? new Row(row) : undefined));
  }

  // State of the instruction being decoded.
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** One past the last byte it may have, and what is wrong with going there. */
  #limit = 0;
  #beyond: typeof needsMore | typeof tooLong = needsMore;
  #rex = 0;
  #modrm = 0;
  readonly #memory: MemoryParts = {
    base: undefined,
    index: undefined,
    scale: 0,
    displacement: 0n,
    ripRelative: false,
    segment: 3,
  };
  #address: 16 | 32 | 64 = 64;
  #attribute: 16 | 32 | 64 = 32;
  #override = -1;
  #opcode = 0;
  #long = true;

  #u8(): number {
    if (this.#at >= this.#limit) throw this.#beyond;
    return this.#bytes[this.#at++]!;
  }

  /** A signed little-endian number of 1, 2 or 4 bytes. */
  #signed(length: number): number {
    const at = this.#at;
    const end = at + length;
    if (end > this.#limit) throw this.#beyond;
    this.#at = end;
    const bytes = this.#bytes;
    if (length === 1) return (bytes[at]! << 24) >> 24;
    if (length === 2) return ((bytes[at]! << 16) | (bytes[at + 1]! << 24)) >> 16;
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }

  /** A signed number of up to 8 bytes. */
  #wide(length: number): bigint {
    if (length <= 4) return big(this.#signed(length));
    const low = this.#signed(4) >>> 0;
    return (BigInt(this.#signed(4)) << 32n) | BigInt(low);
  }

  /** A signed number of up to 8 bytes, cut to `size` bits without sign. */
  #immediate(length: number, size: Size): bigint {
    if (length > 4) return BigInt.asUintN(64, this.#wide(length));
    const value = this.#signed(length);
    if (value >= 0) return big(value);
    return size === 8
      ? big(value & 0xff)
      : size === 16
        ? big(value & 0xffff)
        : size === 32
          ? big(value >>> 0)
          : BigInt.asUintN(64, big(value));
  }

  /**
   * Decodes the instruction at `bytes[start]`, which stands at linear address `pc`.
   * Undefined: no such instruction (#UD).
   */
  decode(bytes: Uint8Array, start: number, pc: bigint, mode: DecodeMode): DecodedWithEncoding | undefined {
    const long = mode.bits === 64;
    this.#bytes = bytes;
    this.#at = start;
    const fits = start + 15 <= bytes.length;
    this.#limit = fits ? start + 15 : bytes.length;
    this.#beyond = fits ? tooLong : needsMore;
    this.#long = long;
    this.#override = -1;
    let rex = 0;
    let operandPrefix = false;
    let addressPrefix = false;
    let lock = false;
    let rep: 0 | 0xf2 | 0xf3 = 0;
    let opcode: number;
    for (;;) {
      opcode = this.#u8();
      if (long && (opcode & 0xf0) === 0x40) {
        rex = opcode;
        continue;
      }
      if (opcode === 0x66) operandPrefix = true;
      else if (opcode === 0x67) addressPrefix = true;
      else if (opcode === 0xf0) lock = true;
      else if (opcode === 0xf2 || opcode === 0xf3) rep = opcode;
      else if ((opcode & 0xe7) === 0x26) {
        // ES, CS, SS, DS overrides are ignored in 64-bit mode.
        if (!long) this.#override = (opcode >> 3) & 3;
      } else if (opcode === 0x64 || opcode === 0x65) this.#override = opcode - 0x60;
      else break;
      // A REX prefix counts only directly before the opcode.
      rex = 0;
    }
    let map = 0;
    if (opcode === 0x0f) {
      opcode = this.#u8();
      map = 256;
      if (opcode === 0x38 || opcode === 0x3a) {
        map = opcode === 0x38 ? 512 : 768;
        opcode = this.#u8();
      }
    }
    this.#rex = rex;
    this.#opcode = opcode;
    const row = this.#rows[map + opcode];
    if (row === undefined) return undefined;
    let modrm = 0;
    let { candidates } = row;
    if (row.hasModrm) {
      modrm = this.#u8();
      this.#at--;
      candidates = row.byDigit[(modrm >> 3) & 7]!;
    }
    const rexW = (rex & 8) !== 0;
    let candidate: Candidate | undefined;
    for (let i = 0; i < candidates.length; i++) {
      const c = candidates[i]!;
      if (modrm < c.firstModrm || modrm > c.lastModrm) continue;
      const { prefix, mod } = c;
      if (prefix !== PREFIX.any) {
        if (prefix === PREFIX.none) {
          if (rep !== 0 || operandPrefix) continue;
        } else if (prefix === PREFIX.p66) {
          if (!operandPrefix || rep !== 0) continue;
        } else if (rep !== (prefix === PREFIX.f3 ? 0xf3 : 0xf2)) continue;
      }
      if (mod !== MOD.any && (mod === MOD.memory) !== modrm < 0xc0) continue;
      if (long ? c.not64 : c.only64) continue;
      if (c.rexW !== undefined && c.rexW !== rexW) continue;
      if (c.rexB !== undefined && c.rexB !== ((rex & 1) !== 0)) continue;
      if (c.notReal && mode.real) continue;
      candidate = c;
      break;
    }
    if (candidate === undefined) return undefined;

    const size66 = operandPrefix && !candidate.consumes66;
    if (long) {
      this.#attribute = rexW || candidate.force64 ? 64 : size66 ? 16 : candidate.default64 ? 64 : 32;
      this.#address = addressPrefix ? 32 : 64;
    } else {
      this.#attribute = (mode.bits === 32) !== size66 ? 32 : 16;
      this.#address = (mode.bits === 32) !== addressPrefix ? 32 : 16;
    }
    let hasMemory = false;
    if (candidate.needsModrm) {
      this.#modrm = modrm;
      this.#at++;
      if (modrm < 0xc0 && candidate.mayBeMemory) {
        hasMemory = true;
        this.#readMemory();
      }
    }
    const { encoding } = candidate;
    const { sizes, size } = candidate.sizes(this.#attribute, rexW);
    const codes = encoding.operands;
    const operands: Operand[] = [];
    for (let i = 0; i < codes.length; i++) {
      const operand = this.#operand(codes[i]!, sizes[i] ?? size);
      if (operand === undefined) return undefined;
      operands.push(operand);
    }
    if (lock && !(candidate.lock && operands[0]?.kind === 'memory')) return undefined;
    const length = this.#at - start;
    const next = long ? BigInt.asIntN(64, pc + big(length)) : BigInt.asUintN(32, pc + big(length));
    // What is relative to the next instruction becomes absolute now that its address is known.
    if (hasMemory && this.#memory.ripRelative) {
      const target = next + this.#memory.displacement;
      const operand = operands.find(({ kind }) => kind === 'memory') as Mutable<MemoryOperand>;
      operand.displacement = this.#address === 32 ? BigInt.asUintN(32, target) : BigInt.asIntN(64, target);
    }
    if (operands.length === 1 && operands[0]!.kind === 'relative') {
      const operand = operands[0] as Mutable<ImmediateOperand>;
      operand.value = this.#target(next, operand.value, mode.csBase);
    }
    return {
      description: encoding.description,
      encoding,
      pc,
      next,
      length,
      operands,
      sizes,
      size,
      addressSize: this.#address,
      mode: mode.bits,
      lock,
      rep: candidate.consumesRep ? 0 : rep,
      segment: this.#override >= 0 ? this.#override : hasMemory ? this.#memory.segment : 3,
      opcode,
      modrm,
    };
  }

  #target(next: bigint, displacement: bigint, csBase: number): bigint {
    if (this.#long) return BigInt.asIntN(64, next + displacement);
    const base = BigInt(csBase);
    const offset = BigInt.asUintN(this.#attribute === 16 ? 16 : 32, next - base + displacement);
    return BigInt.asUintN(32, base + offset);
  }

  #readMemory(): void {
    const memory = this.#memory;
    const mod = this.#modrm >> 6;
    const rm = this.#modrm & 7;
    memory.ripRelative = false;
    memory.scale = 0;
    memory.index = undefined;
    if (this.#address === 16) {
      const direct = mod === 0 && rm === 6;
      memory.base = direct ? undefined : bases16[rm];
      memory.index = indexes16[rm];
      memory.displacement =
        direct || mod === 2 ? big(this.#signed(2)) : mod === 1 ? big(this.#signed(1)) : 0n;
      memory.segment = memory.base === 5 ? 2 : 3;
      return;
    }
    const rex = this.#rex;
    let base: number | undefined = rm | (rex & 1 ? 8 : 0);
    let noBase = false;
    if (rm === 4) {
      const sib = this.#u8();
      const index = ((sib >> 3) & 7) | (rex & 2 ? 8 : 0);
      memory.scale = sib >> 6;
      if (index !== 4) memory.index = index;
      base = (sib & 7) | (rex & 1 ? 8 : 0);
      noBase = (sib & 7) === 5 && mod === 0;
    } else if (rm === 5 && mod === 0) {
      noBase = true;
      memory.ripRelative = this.#long;
    }
    memory.displacement = noBase || mod === 2 ? big(this.#signed(4)) : mod === 1 ? big(this.#signed(1)) : 0n;
    if (noBase) base = undefined;
    memory.base = base;
    memory.segment = base === 4 || base === 5 ? 2 : 3;
  }

  #memoryOperand(size: Size): MemoryOperand {
    const { base, index, scale, displacement, segment } = this.#memory;
    return {
      kind: 'memory',
      size,
      segment: this.#override >= 0 ? this.#override : segment,
      base,
      index,
      scale,
      displacement,
      addressSize: this.#address,
    };
  }

  #gpr(number: number, size: Size): Operand {
    return size === 8 && this.#rex === 0 ? legacyByteRegisters[number]! : generalRegisters[size]![number]!;
  }

  /** Number of the register in the reg or r/m field. */
  get #reg(): number {
    return ((this.#modrm >> 3) & 7) | ((this.#rex & 4) << 1);
  }
  get #rm(): number {
    return (this.#modrm & 7) | ((this.#rex & 1) << 3);
  }

  #operand({ text, kind, size: letter }: OperandCode, size: Size): Operand | undefined {
    const isMemory = this.#modrm < 0xc0;
    switch (kind) {
      case 'E':
        return isMemory ? this.#memoryOperand(size) : this.#gpr(this.#rm, size);
      case 'G':
        return this.#gpr(this.#reg, size);
      case 'Z':
        return this.#gpr((this.#opcode & 7) | ((this.#rex & 1) << 3), size);
      case 'M':
        return this.#memoryOperand(size);
      case 'Is':
        return { kind: 'immediate', size, value: this.#immediate(1, size) };
      case 'I': {
        if (letter === 'w') return { kind: 'immediate', size: 16, value: this.#immediate(2, 16) };
        if (letter === 'l') return { kind: 'immediate', size: 8, value: this.#immediate(1, 8) };
        const bytes = letter === 'z' ? (this.#attribute === 16 ? 2 : 4) : size / 8;
        return { kind: 'immediate', size, value: this.#immediate(bytes, size) };
      }
      case 'J': {
        const value = big(this.#signed(letter === 'b' ? 1 : this.#attribute === 16 ? 2 : 4));
        return { kind: 'relative', size, value };
      }
      case 'W':
        return isMemory ? this.#memoryOperand(size) : registerOperands('xmm', size)[this.#rm];
      case 'V':
        return registerOperands('xmm', size)[this.#reg];
      case 'U':
        return registerOperands('xmm', size)[this.#rm];
      case 'Q':
        return isMemory ? this.#memoryOperand(size) : registerOperands('mmx', size)[this.#rm & 7];
      case 'P':
        return registerOperands('mmx', size)[this.#reg & 7];
      case 'N':
        return registerOperands('mmx', size)[this.#rm & 7];
      case 'R':
        return this.#gpr(this.#rm, size);
      case 'S': {
        const number = this.#reg & 7;
        return number > 5 ? undefined : registerOperands('segment', 16)[number];
      }
      case 'C':
        return registerOperands('control', size)[this.#reg];
      case 'D':
        return registerOperands('debug', size)[this.#reg];
      case 'O':
        return {
          kind: 'memory',
          size,
          segment: this.#override >= 0 ? this.#override : 3,
          base: undefined,
          index: undefined,
          scale: 0,
          displacement: this.#wide(this.#address / 8),
          addressSize: this.#address,
        };
      case 'A': {
        const value = this.#immediate(this.#attribute === 16 ? 2 : 4, this.#attribute);
        return { kind: 'far', size, value, selector: this.#signed(2) & 0xffff };
      }
      default:
        return this.#fixed(text, size);
    }
  }

  #fixed(text: string, size: Size): Operand {
    switch (text) {
      case 'AL':
      case 'AX':
      case 'EAX':
      case 'rAX':
        return generalRegisters[size]![0]!;
      case 'CL':
        return generalRegisters[8]![1]!;
      case 'DX':
        return generalRegisters[16]![2]!;
      case '1':
      case '3':
        return { kind: 'immediate', size, value: BigInt(text) };
      case 'ST0':
        return registerOperands('st', 80)[0]!;
      case 'STi':
        return registerOperands('st', 80)[this.#modrm & 7]!;
      default:
        return registerOperands('segment', 16)[segmentNames.indexOf(text)]!;
    }
  }
}
