import type { InstructionDescription } from '../instruction.js';
import { type Candidate, IS, Row } from './candidate.js';
import { type Encoding, parseEncoding } from './encoding.js';
import { FROM, type OperandSource } from './operand-source.js';
import { type DecodedWithEncoding, mostOperands, Parts } from './parts.js';

export type { DecodedWithEncoding };

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
  /**
   * In 64-bit mode 66 makes near branches 16-bit ones, as it does on AMD's processors (AMD APM vol. 3, §1.2.2); Intel's
   * ignore it.
   */
  readonly narrowBranches?: boolean;
}

/** Most bytes of an instruction. */
const longest = 15;

/** Registers of 16-bit addresses by r/m; -1: none. */
const bases16 = [3, 3, 5, 5, 6, 7, 5, 3] as const;
const indexes16 = [6, 7, 6, 7, -1, -1, -1, -1] as const;

/** The row of an opcode that does not exist. */
const none = new Row([]);

/** Decodes instructions by the tables that the descriptions' encodings span. */
export class Decoder {
  readonly encodings: readonly Encoding[];
  /** What `read` has read. */
  readonly parts = new Parts();
  /** By map and opcode. */
  readonly #rows: readonly Row[];

  constructor(descriptions: readonly InstructionDescription[]) {
    this.encodings = descriptions.flatMap((d) => d.encodings.map((text) => parseEncoding(d, text)));
    const rows: Encoding[][] = Array.from({ length: 4 * 256 }, () => []);
    for (const [index, encoding] of this.encodings.entries()) {
      encoding.index = index;
      if (encoding.operands.length > mostOperands)
        throw new Error(`'${encoding.text}' has too many operands`);
      for (let r = 0; r < (encoding.plusR ? 8 : 1); r++)
        rows[encoding.map * 256 + encoding.opcode + r]!.push(encoding);
    }
    this.#rows = rows.map((row) => (row.length ? new Row(row) : none));
  }

  // State of the instruction being decoded.
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** One past the last byte it may have; all bytes it may have are given. */
  #limit = 0;
  #fits = false;
  #rex = 0;
  #ripRelative = false;

  #u8(): number {
    if (this.#at >= this.#limit) throw this.#fits ? tooLong : needsMore;
    return this.#bytes[this.#at++]!;
  }

  /** A signed little-endian number of 1, 2 or 4 bytes. */
  #signed(length: number): number {
    const at = this.#at;
    const end = at + length;
    if (end > this.#limit) throw this.#fits ? tooLong : needsMore;
    this.#at = end;
    const bytes = this.#bytes;
    if (length === 1) return (bytes[at]! << 24) >> 24;
    if (length === 2) return ((bytes[at]! << 16) | (bytes[at + 1]! << 24)) >> 16;
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }

  /**
   * Decodes the instruction at `bytes[start]`, which stands at linear address `pc`.
   * Undefined: no such instruction (#UD).
   */
  decode(bytes: Uint8Array, start: number, pc: bigint, mode: DecodeMode): DecodedWithEncoding | undefined {
    const low = Number(BigInt.asIntN(32, pc));
    const high = Number(BigInt.asIntN(32, pc >> 32n));
    return this.read(bytes, start, bytes.length, low, high, mode) ? this.parts.decoded() : undefined;
  }

  /**
   * The same into `parts`, from bytes that go to `end`; the linear address comes in signed halves.
   * False: no such instruction (#UD).
   */
  read(bytes: Uint8Array, start: number, end: number, low: number, high: number, mode: DecodeMode): boolean {
    const { parts } = this;
    const { bits } = mode;
    const long = bits === 64;
    this.#bytes = bytes;
    this.#at = start;
    this.#limit = Math.min(start + longest, end);
    this.#fits = start + longest <= end;
    let override = -1;
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
        if (!long) override = (opcode >> 3) & 3;
      } else if (opcode === 0x64 || opcode === 0x65) override = opcode - 0x60;
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
    const row = this.#rows[map + opcode]!;
    let modrm = 0;
    let { candidates } = row;
    if (row.hasModrm) {
      modrm = this.#u8();
      this.#at--;
      candidates = row.byDigit[(modrm >> 3) & 7]!;
    }
    const rexW = (rex & 8) !== 0;
    const is =
      (long ? IS.long : mode.real ? IS.real : 0) |
      (rexW ? IS.rexW : 0) |
      (rex & 1 ? IS.rexB : 0) |
      (operandPrefix ? IS.p66 : 0) |
      (rep === 0 ? 0 : rep === 0xf3 ? IS.f3 : IS.f2) |
      (modrm < 0xc0 ? IS.memory : 0);
    let candidate: Candidate | undefined;
    for (let i = 0; i < candidates.length; i++) {
      const c = candidates[i]!;
      if ((is & c.asks) !== c.wants || modrm < c.firstModrm || modrm > c.lastModrm) continue;
      candidate = c;
      break;
    }
    if (candidate === undefined) return false;

    const size66 = operandPrefix && !candidate.consumes66;
    let attribute: 16 | 32 | 64;
    if (long) {
      const wide = rexW || (candidate.force64 && !mode.narrowBranches);
      const without = candidate.force64 || candidate.default64 ? 64 : 32;
      attribute = wide ? 64 : size66 ? 16 : without;
      parts.addressSize = addressPrefix ? 32 : 64;
    } else {
      attribute = (bits === 32) !== size66 ? 32 : 16;
      parts.addressSize = (bits === 32) !== addressPrefix ? 32 : 16;
    }
    parts.candidate = candidate;
    parts.mode = bits;
    parts.low = low;
    parts.high = long ? high : 0;
    parts.opcode = opcode;
    parts.modrm = modrm;
    parts.lock = lock;
    parts.rex = rex !== 0;
    parts.rep = candidate.consumesRep ? 0 : rep;
    parts.segment = 3;
    parts.memory = -1;
    this.#ripRelative = false;
    if (candidate.needsModrm) {
      this.#at++;
      if (modrm < 0xc0 && candidate.mayBeMemory) {
        if (parts.addressSize === 16) this.#address16(modrm);
        else this.#address(modrm, long);
      }
    }
    if (override >= 0) parts.segment = override;
    const shape = candidate.shape(attribute, rexW);
    const { sources } = shape;
    parts.shape = shape;
    for (let i = 0; i < sources.length; i++) if (!this.#operand(sources[i]!, i)) return false;
    if (lock && !(candidate.lock && parts.memory === 0) && !candidate.lockAlways) return false;
    const length = this.#at - start;
    parts.length = length;
    const nextLow = (low + length) | 0;
    parts.nextLow = nextLow;
    parts.nextHigh = !long ? 0 : low < 0 && nextLow >= 0 ? (high + 1) | 0 : high;
    // What is relative to the next instruction becomes absolute now that its address is known.
    if (this.#ripRelative) {
      const displacement = parts.displacementLow;
      parts.displacementLow = (nextLow + displacement) | 0;
      parts.displacementHigh = parts.addressSize === 32 ? 0 : this.#nextPlus(displacement);
    }
    if (shape.relative) {
      const displacement = parts.valueLow[0]!;
      if (long && attribute === 16) {
        parts.valueLow[0] = (nextLow + displacement) & 0xffff;
        parts.valueHigh[0] = 0;
      } else if (long) {
        parts.valueLow[0] = (nextLow + displacement) | 0;
        parts.valueHigh[0] = this.#nextPlus(displacement);
      } else {
        const offset = (nextLow - mode.csBase + displacement) & (attribute === 16 ? 0xffff : -1);
        parts.valueLow[0] = (mode.csBase + offset) | 0;
        parts.valueHigh[0] = 0;
      }
    }
    return true;
  }

  /** High half of the next instruction's address with a signed number added. */
  #nextPlus(displacement: number): number {
    const { nextLow, nextHigh } = this.parts;
    const carry = (nextLow >>> 0) + (displacement >>> 0) > 0xffffffff ? 1 : 0;
    return (nextHigh + (displacement >> 31) + carry) | 0;
  }

  /** The address of a memory operand in 16 bits. */
  #address16(modrm: number): void {
    const { parts } = this;
    const mod = modrm >> 6;
    const rm = modrm & 7;
    const direct = mod === 0 && rm === 6;
    parts.base = direct ? -1 : bases16[rm]!;
    parts.index = indexes16[rm]!;
    parts.scale = 0;
    parts.segment = parts.base === 5 ? 2 : 3;
    this.#displacement(direct ? 2 : mod);
  }

  /** The same in 32 or 64 bits. */
  #address(modrm: number, long: boolean): void {
    const { parts } = this;
    const mod = modrm >> 6;
    const rm = modrm & 7;
    const rex = this.#rex;
    parts.index = -1;
    parts.scale = 0;
    let base = rm | ((rex & 1) << 3);
    if (rm === 4) {
      const sib = this.#u8();
      const index = ((sib >> 3) & 7) | ((rex & 2) << 2);
      parts.scale = sib >> 6;
      if (index !== 4) parts.index = index;
      base = (sib & 7) === 5 && mod === 0 ? -1 : (sib & 7) | ((rex & 1) << 3);
    } else if (rm === 5 && mod === 0) {
      base = -1;
      this.#ripRelative = long;
    }
    parts.base = base;
    parts.segment = base === 4 || base === 5 ? 2 : 3;
    this.#displacement(base < 0 || mod === 2 ? 4 : mod);
  }

  /** A displacement of so many bytes, 0 for none. */
  #displacement(bytes: number): void {
    const { parts } = this;
    const low = bytes === 0 ? 0 : this.#signed(bytes);
    parts.displacementLow = low;
    parts.displacementHigh = low >> 31;
  }

  /** Reads operand `i`; false when there is no such register. */
  #operand(source: OperandSource, i: number): boolean {
    const { parts } = this;
    const { modrm } = parts;
    const rex = this.#rex;
    let number = 0;
    parts.registers[i] = -1;
    parts.places[i] = 0;
    switch (source.from) {
      case FROM.modrm:
        if (modrm < 0xc0) {
          parts.memory = i;
          return true;
        }
        number = (modrm & 7) | ((rex & 1) << 3);
        break;
      case FROM.rm:
        number = (modrm & 7) | ((rex & 1) << 3);
        break;
      case FROM.reg:
        number = ((modrm >> 3) & 7) | ((rex & 4) << 1);
        break;
      case FROM.opcode:
        number = (parts.opcode & 7) | ((rex & 1) << 3);
        break;
      case FROM.fixed:
        number = source.value;
        break;
      case FROM.immediate:
        this.#immediate(source, i);
        return true;
      case FROM.relative:
        parts.valueLow[i] = this.#signed(source.bytes);
        return true;
      case FROM.offset:
        parts.memory = i;
        parts.base = -1;
        parts.index = -1;
        parts.scale = 0;
        this.#displacement(parts.addressSize === 16 ? 2 : 4);
        if (parts.addressSize === 64) parts.displacementHigh = this.#signed(4);
        return true;
      case FROM.far:
        this.#immediate(source, i);
        parts.selector = this.#signed(2) & 0xffff;
        return true;
      default:
        parts.valueLow[i] = source.value;
        parts.valueHigh[i] = 0;
        return true;
    }
    number &= source.mask;
    if (number >= source.count) return false;
    const high = source.highBytes && rex === 0 && number >= 4;
    parts.registers[i] = number;
    parts.places[i] = source.base + (high ? (number - 4) * source.stride + 1 : number * source.stride);
    return true;
  }

  /** A signed number, cut to the operand's size without sign. */
  #immediate({ bytes, size }: OperandSource, i: number): void {
    const { valueLow, valueHigh } = this.parts;
    const low = this.#signed(bytes > 4 ? 4 : bytes);
    valueLow[i] = size === 8 ? low & 0xff : size === 16 ? low & 0xffff : low;
    valueHigh[i] = bytes > 4 ? this.#signed(4) : size > 32 ? low >> 31 : 0;
  }
}
