import { Code, Encoder, Instruction, MemoryOperand, Register, RepPrefixKind } from 'iced-x86';
import { type Bits, type Candidate, candidatesOf } from './candidates.js';
import type { Immediate, Label, Memory, Operand } from './operands.js';

/** Where labels are, as far as is known. */
export type AddressOf = (label: Label) => bigint;

const STRING = /^(?:(rep|repe|repne)_)?((?:movs|stos|lods|scas|cmps)([bwdq]))$/;

/** One instruction, in any of its encodings. */
export class Statement {
  #candidates: readonly Candidate[];
  /** Encodings before this one have turned out not to reach their target. */
  #from = 0;

  constructor(
    readonly mnemonic: string,
    readonly bits: Bits,
    readonly operands: readonly Operand[],
  ) {
    this.#candidates = STRING.test(mnemonic)
      ? [{ code: Code.INVALID, operands: [] }]
      : candidatesOf(mnemonic, bits).filter((candidate) => this.#fits(candidate));
    if (this.#candidates.length === 0) throw new Error(`no encoding of ${this}`);
  }

  /** Makes it choose anew, for a program at another address. */
  forget(): void {
    this.#from = 0;
  }

  /**
   * The shortest encoding that holds at this address. Addresses of labels change from one pass to the next; a short form that
   * once failed is not tried again, so that the passes come to an end.
   */
  encode(address: bigint, addressOf: AddressOf, settled: boolean): Uint8Array {
    let best: { bytes: Uint8Array; index: number } | undefined;
    let reason: unknown;
    for (let index = settled ? this.#from : 0; index < this.#candidates.length; index++) {
      let bytes: Uint8Array;
      try {
        bytes = this.#encodeAs(this.#candidates[index]!, address, addressOf);
      } catch (error) {
        reason = error;
        continue;
      }
      if (!best || bytes.length < best.bytes.length) best = { bytes, index };
      if (settled) break;
    }
    if (!best) throw new Error(`${this} at 0x${address.toString(16)}: ${String(reason)}`);
    if (!settled) {
      // From now on in the order of length, beginning with the one found.
      const rest = this.#candidates.filter((_, index) => index !== best.index);
      this.#candidates = [this.#candidates[best.index]!, ...rest];
    } else this.#from = best.index;
    return best.bytes;
  }

  #encodeAs(candidate: Candidate, address: bigint, addressOf: AddressOf): Uint8Array {
    const instruction = this.#instruction(candidate, addressOf);
    const encoder = new Encoder(this.bits);
    try {
      encoder.encode(instruction, address);
      return encoder.takeBuffer();
    } finally {
      encoder.free();
      instruction.free();
    }
  }

  #instruction({ code, operands: kinds }: Candidate, addressOf: AddressOf): Instruction {
    const string = STRING.exec(this.mnemonic);
    if (string) return stringInstruction(string, this.bits);
    const [a, b, c] = this.operands;
    if (a === undefined) return Instruction.create(code);
    if (isLabel(a)) return Instruction.createBranch(code, addressOf(a));
    const value = (operand: Immediate): bigint => resolve(operand, addressOf);
    const memory = (operand: Memory): MemoryOperand => memoryOperand(operand, this.bits, addressOf);
    const small = (operand: Immediate, index: number): number => fitting(value(operand), kinds[index]!);
    if (b === undefined) {
      if (isMemory(a)) return Instruction.createMem(code, memory(a));
      return isRegister(a) ? Instruction.createReg(code, a) : Instruction.createI32(code, small(a, 0));
    }
    if (isLabel(b) || isLabel(c)) throw new Error(`a label in ${this} is neither branch target nor memory`);
    if (c !== undefined) {
      if (!isRegister(a) || !isImmediate(c)) throw new Error(`operands of ${this}`);
      if (isMemory(b)) return Instruction.createRegMemI32(code, a, memory(b), small(c, 2));
      if (isRegister(b)) return Instruction.createRegRegI32(code, a, b, small(c, 2));
      throw new Error(`operands of ${this}`);
    }
    if (isRegister(a)) {
      if (isRegister(b)) return Instruction.createRegReg(code, a, b);
      if (isMemory(b)) return Instruction.createRegMem(code, a, memory(b));
      if (kinds[1] === 'imm64') return Instruction.createRegI64(code, a, BigInt.asIntN(64, value(b)));
      return Instruction.createRegI32(code, a, small(b, 1));
    }
    if (isMemory(a)) {
      if (isRegister(b)) return Instruction.createMemReg(code, memory(a), b);
      if (isImmediate(b)) return Instruction.createMemI32(code, memory(a), small(b, 1));
    }
    if (isImmediate(a)) {
      if (isRegister(b)) return Instruction.createI32Reg(code, small(a, 0), b);
      // ljmp: the offset is written first here, as the processor stores it.
      if (isImmediate(b)) return Instruction.createFarBranch(code, Number(value(b)), Number(value(a)));
    }
    throw new Error(`operands of ${this}`);
  }

  #fits({ operands }: Candidate): boolean {
    // A far pointer is one operand to iced-x86 and two here.
    if (operands[0]?.startsWith('farbr')) {
      return this.operands.length === 2 && operands[0] === (this.bits === 16 ? 'farbr2_2' : 'farbr4_2');
    }
    return (
      operands.length === this.operands.length &&
      this.operands.every((operand, index) => operandFits(operand, operands[index]!, this.bits))
    );
  }

  toString(): string {
    const names = this.operands.map((operand) => {
      if (isRegister(operand)) return Register[operand]!.toLowerCase();
      return JSON.stringify(operand, (_, v) => (typeof v === 'bigint' ? `0x${v.toString(16)}` : v));
    });
    return `${this.mnemonic} ${names.join(', ')} (${this.bits}-bit code)`;
  }
}

/** Whether an operand can be of a kind; iced-x86's encoder checks the rest. */
function operandFits(operand: Operand, kind: string, bits: Bits): boolean {
  if (isLabel(operand)) return kind.startsWith(`br${bits}_`);
  if (isImmediate(operand)) return kind.startsWith('imm');
  if (isRegister(operand)) return !/^(imm|br|mem|far)/.test(kind);
  if (!/mem/.test(kind)) return false;
  return operand.size === 0 || !/^r\d/.test(kind) || kind.startsWith(`r${operand.size}_`);
}

/** A number as an immediate of up to 32 bits; of a wider operand only what sign extension yields. */
function fitting(value: bigint, kind: string): number {
  if (kind.endsWith('sex64') && value !== BigInt.asIntN(32, value)) {
    throw new Error(`0x${value.toString(16)} is not a sign-extended 32-bit number`);
  }
  if (value < -0x80000000n || value > 0xffffffffn)
    throw new Error(`0x${value.toString(16)} has over 32 bits`);
  return Number(BigInt.asIntN(32, value));
}

function memoryOperand(memory: Memory, bits: Bits, addressOf: AddressOf): MemoryOperand {
  const { base, index, scale, displacement } = memory;
  const known = typeof displacement === 'number';
  const value = known ? BigInt(displacement) : addressOf(displacement);
  const direct = base === Register.None && index === Register.None;
  const ripRelative = direct && bits === 64;
  let size = value === 0n && !direct ? 0 : 1;
  if (!known || direct) size = ripRelative ? 8 : bits === 16 && direct ? 2 : 4;
  const from = ripRelative ? Register.RIP : base;
  return new MemoryOperand(from, index, scale, value, size, false, Register.None);
}

function stringInstruction([, rep, name, size]: RegExpExecArray, bits: Bits): Instruction {
  const family = name!.slice(0, 4);
  const kind = rep === 'repne' ? RepPrefixKind.Repne : rep ? RepPrefixKind.Repe : RepPrefixKind.None;
  const method = `create${family[0]!.toUpperCase()}${family.slice(1)}${size}`;
  const make = Instruction as unknown as Record<string, (...values: number[]) => Instruction>;
  // STOS and SCAS use ES:DI alone and take no segment prefix.
  return family === 'stos' || family === 'scas' || family === 'movs' || family === 'cmps'
    ? make[method]!(bits, ...(family === 'movs' || family === 'cmps' ? [Register.None, kind] : [kind]))
    : make[method]!(bits, Register.None, kind);
}

const resolve = ({ immediate }: Immediate, addressOf: AddressOf): bigint =>
  typeof immediate === 'bigint' ? immediate : addressOf(immediate);
const isRegister = (operand: Operand | undefined): operand is Register => typeof operand === 'number';
const isLabel = (operand: Operand | undefined): operand is Label =>
  typeof operand === 'object' && 'label' in operand;
const isMemory = (operand: Operand | undefined): operand is Memory =>
  typeof operand === 'object' && 'base' in operand;
const isImmediate = (operand: Operand | undefined): operand is Immediate =>
  typeof operand === 'object' && 'immediate' in operand;
