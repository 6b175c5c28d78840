import { CR0 } from '../../../abi/x86/control-registers.js';
import { decode80 } from '../float/encode.js';
import { KIND } from '../float/real.js';
import type { Decoded } from '../instruction.js';
import { checkOperandRange } from '../operand-range.js';
import { state } from '../state.js';
import type { X87 } from './x87.js';

/**
 * The x87 environment in memory, as FNSTENV and FNSAVE lay it out (Intel SDM vol. 1, §8.1.10): 14 bytes with a 16-bit
 * operand size, else 28. FCS and FDS are deprecated: always 0.
 */

export const environmentSize = ({ size }: Decoded): 14 | 28 => (size === 16 ? 14 : 28);

/** Tag word of two bits a physical register: 0 valid, 1 zero, 2 special, 3 empty. */
function fullTags(x87: X87): number {
  let word = 0;
  for (let physical = 0; physical < 8; physical++) {
    let tag = 3;
    if ((x87.tags >> physical) & 1) {
      const i = (physical - x87.top) & 7;
      const { kind, denormal } = decode80(x87.significand(i), x87.signExponent(i));
      tag = kind === KIND.ZERO ? 1 : kind === KIND.FINITE && !denormal ? 0 : 2;
    }
    word |= tag << (2 * physical);
  }
  return word;
}

/** Only emptiness is kept; the other tags follow from the registers. */
function abridgedTags(word: number): number {
  let tags = 0;
  for (let physical = 0; physical < 8; physical++)
    if (((word >> (2 * physical)) & 3) !== 3) tags |= 1 << physical;
  return tags;
}

/** Is the real-address mode layout used, in which pointers are linear? */
const isReal = (x87: X87): boolean => x87.cpu.realOrVm || !(x87.cpu.cr0 & CR0.PE);

export function packEnvironment(x87: X87, instruction: Decoded): Uint8Array {
  const { view, i32 } = x87.cpu.memory;
  const size = environmentSize(instruction);
  const bytes = new Uint8Array(size);
  const out = new DataView(bytes.buffer);
  const real = isReal(x87);
  let pointer = view.getUint32(state.fpuInstruction, true);
  const data = view.getUint32(state.fpuData, true);
  if (real) pointer += x87.cpu.csBase;
  const opcode = i32[state.fpuOpcode >> 2]! & 0x7ff;
  const words = [x87.control, x87.status, fullTags(x87)];
  if (size === 14) {
    const high = (linear: number): number => (real ? (linear >>> 4) & 0xf000 : 0);
    words.push(pointer, real ? high(pointer) | opcode : 0, data, high(data));
    for (const [i, word] of words.entries()) out.setUint16(2 * i, word, true);
    return bytes;
  }
  // Unused upper halves read as ones.
  for (const [i, word] of words.entries()) out.setUint32(4 * i, word | 0xffff0000, true);
  if (real) {
    out.setUint32(12, (pointer & 0xffff) | 0xffff0000, true);
    out.setUint32(16, ((pointer >>> 4) & 0x0ffff000) | opcode, true);
    out.setUint32(20, (data & 0xffff) | 0xffff0000, true);
    out.setUint32(24, (data >>> 4) & 0x0ffff000, true);
  } else {
    out.setUint32(12, pointer, true);
    out.setUint32(16, opcode << 16, true);
    out.setUint32(20, data, true);
    out.setUint32(24, 0xffff0000, true);
  }
  return bytes;
}

export function unpackEnvironment(x87: X87, bytes: Uint8Array): void {
  const { view, i32 } = x87.cpu.memory;
  const from = new DataView(bytes.buffer, bytes.byteOffset);
  const wide = bytes.length >= 28;
  const word = (i: number): number => from.getUint16(i * (wide ? 4 : 2), true);
  const real = isReal(x87);
  let pointer = wide ? from.getUint32(12, true) : word(3);
  let data = wide ? from.getUint32(20, true) : word(5);
  let opcode = wide ? (from.getUint32(16, true) >>> 16) & 0x7ff : 0;
  if (real) {
    const upper = wide ? from.getUint32(16, true) : word(4);
    const dataUpper = wide ? from.getUint32(24, true) : word(6);
    opcode = upper & 0x7ff;
    pointer = (((pointer & 0xffff) | ((upper & 0x0ffff000) << 4)) >>> 0) - x87.cpu.csBase;
    data = ((data & 0xffff) | ((dataUpper & 0x0ffff000) << 4)) >>> 0;
  }
  view.setBigInt64(state.fpuInstruction, BigInt(pointer >>> 0), true);
  view.setBigInt64(state.fpuData, BigInt(data), true);
  i32[state.fpuOpcode >> 2] = opcode;
  x87.tags = abridgedTags(word(2));
  x87.status = word(1);
  x87.control = word(0);
}

/** FNINIT. */
export function initialise(x87: X87): void {
  const { view, i32 } = x87.cpu.memory;
  x87.status = 0;
  x87.control = 0x37f;
  x87.tags = 0;
  view.setBigInt64(state.fpuInstruction, 0n, true);
  view.setBigInt64(state.fpuData, 0n, true);
  i32[state.fpuOpcode >> 2] = 0;
}

/** Writes several bytes to the memory operand, or raises a fault before the first. */
export function storeBytes(x87: X87, instruction: Decoded, bytes: Uint8Array): void {
  const { cpu } = x87;
  const { operandAddress } = cpu;
  // The first word, then the last byte: a page fault on the first comes before the limit of the last.
  const word = instruction.size === 16 ? 2 : 4;
  checkOperandRange(cpu, instruction, 0, word, true);
  cpu.linear.probeWrite(operandAddress, word);
  checkOperandRange(cpu, instruction, 0, bytes.length, true);
  cpu.linear.probeWrite(operandAddress + BigInt(bytes.length - 1), 1);
  cpu.linear.writeBytes(operandAddress, bytes);
}

export function loadBytes(x87: X87, instruction: Decoded, length: number): Uint8Array {
  const { cpu } = x87;
  const word = instruction.size === 16 ? 2 : 4;
  checkOperandRange(cpu, instruction, 0, word);
  cpu.linear.read(cpu.operandAddress, word);
  checkOperandRange(cpu, instruction, 0, length);
  cpu.linear.read(cpu.operandAddress + BigInt(length - 1), 1);
  return cpu.linear.readBytes(cpu.operandAddress, length);
}

/** The registers in stack order behind an environment. */
export function packRegisters(x87: X87): Uint8Array {
  const bytes = new Uint8Array(80);
  const out = new DataView(bytes.buffer);
  for (let i = 0; i < 8; i++) {
    out.setBigUint64(10 * i, x87.significand(i), true);
    out.setUint16(10 * i + 8, x87.signExponent(i), true);
  }
  return bytes;
}

export function unpackRegisters(x87: X87, bytes: Uint8Array): void {
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { tags } = x87;
  for (let i = 0; i < 8; i++)
    x87.writeRaw(i, from.getBigUint64(10 * i, true), from.getUint16(10 * i + 8, true));
  x87.tags = tags;
}
