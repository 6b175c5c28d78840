import { CR0, CR4 } from '../../../abi/x86/control-registers.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { advertises } from '../cpuid.js';
import { raise } from '../exceptions/fault.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import { checkOperandRange } from '../operand-range.js';
import { requirePrivilege } from '../privilege.js';
import type { Processor } from '../processor.js';
import { state } from '../state.js';

/** The FXSAVE area (Intel SDM vol. 1, table 10-2); the 64-bit forms of FIP and FDP need REX.W. */
const area = {
  control: 0,
  status: 2,
  tag: 4,
  opcode: 6,
  instruction: 8,
  data: 16,
  mxcsr: 24,
  mxcsrMask: 28,
  st: 32,
  xmm: 160,
  size: 512,
} as const;

/** XSAVE's header behind it (Intel SDM vol. 1, §13.4.2). */
const header = { features: 512, compact: 520, reserved: 528, end: 576 } as const;

/** MXCSR bits that exist, denormals-are-zero among them. */
const MXCSR_MASK = 0xffff;
const X87 = 1;
const SSE = 2;

/** CR0.TS or CR0.EM: the operating system wants to know. */
function guardFpu(cpu: Processor): void {
  if (cpu.cr0 & (CR0.TS | CR0.EM)) raise(VECTOR.NM);
}

function guardSse(cpu: Processor): void {
  if (cpu.cr0 & CR0.EM || !(cpu.cr4 & CR4.OSFXSR)) raise(VECTOR.UD);
  if (cpu.cr0 & CR0.TS) raise(VECTOR.NM);
}

function guardXsave(cpu: Processor): void {
  if (!(cpu.cr4 & CR4.OSXSAVE)) raise(VECTOR.UD);
  if (cpu.cr0 & CR0.TS) raise(VECTOR.NM);
}

function checkAligned(cpu: Processor, bytes: bigint): void {
  if (cpu.operandAddress % bytes) raise(VECTOR.GP, 0);
}

/** Offset in the state of ST(n). */
function stOffset(cpu: Processor, n: number): number {
  const top = (cpu.memory.i32[state.fpuStatus >> 2]! >> 11) & 7;
  return state.fpr + ((top + n) & 7) * 16;
}

/** XMM registers that the mode knows. */
const xmmCount = (instruction: Decoded): number => (instruction.mode === 64 ? 16 : 8);

/** Of the status word: an exception waits. */
const PENDING = 0x80;

/**
 * Whether FOP, FIP and FDP are saved and restored with this status word: AMD's processors leave them alone, here and in memory,
 * unless an exception waits or XSaveErPtr is set (AMD APM vol. 5, FXSAVE; vol. 3, Fn8000_0008_EBX[2]).
 */
function hasPointers(cpu: Processor, status: number): boolean {
  return cpu.vendor === 'intel' || (status & PENDING) !== 0 || advertises(cpu.outside.cpuid, 'xsaveerptr');
}

function saveX87(cpu: Processor, into: Uint8Array, wide: boolean): void {
  const { i32, u8 } = cpu.memory;
  const out = new DataView(into.buffer, into.byteOffset);
  const status = i32[state.fpuStatus >> 2]!;
  out.setUint16(area.control, i32[state.fpuControl >> 2]!, true);
  out.setUint16(area.status, status, true);
  into[area.tag] = i32[state.fpuTag >> 2]!;
  into[area.tag + 1] = 0;
  if (hasPointers(cpu, status)) savePointers(cpu, out, wide);
  for (let n = 0; n < 8; n++) {
    const from = stOffset(cpu, n);
    into.set(u8.subarray(from, from + 10), area.st + n * 16);
    into.fill(0, area.st + n * 16 + 10, area.st + n * 16 + 16);
  }
}

function savePointers(cpu: Processor, out: DataView, wide: boolean): void {
  const { i32, view } = cpu.memory;
  out.setUint16(area.opcode, i32[state.fpuOpcode >> 2]!, true);
  const instruction = view.getBigUint64(state.fpuInstruction, true);
  const data = view.getBigUint64(state.fpuData, true);
  // Without REX.W: 32 bits of offset; the selectors are not kept, as CPUID.7:EBX[13] allows.
  out.setBigUint64(area.instruction, wide ? instruction : instruction & 0xffffffffn, true);
  out.setBigUint64(area.data, wide ? data : data & 0xffffffffn, true);
}

function restoreX87(cpu: Processor, from: Uint8Array, wide: boolean): void {
  const { i32, u8, view } = cpu.memory;
  const source = new DataView(from.buffer, from.byteOffset);
  // Bit 6 reads as 1, bits 13–15 as 0.
  const control = (source.getUint16(area.control, true) & 0x1f7f) | 0x40;
  const status = source.getUint16(area.status, true);
  i32[state.fpuControl >> 2] = control;
  // ES and B follow from the exceptions that are flagged and not masked.
  i32[state.fpuStatus >> 2] = (status & 0x7f7f) | (status & ~control & 0x3f ? 0x8080 : 0);
  i32[state.fpuTag >> 2] = from[area.tag]!;
  if (hasPointers(cpu, i32[state.fpuStatus >> 2]!)) {
    i32[state.fpuOpcode >> 2] = source.getUint16(area.opcode, true) & 0x7ff;
    const pointer = (at: number): bigint =>
      wide ? source.getBigUint64(at, true) : BigInt(source.getUint32(at, true));
    view.setBigUint64(state.fpuInstruction, pointer(area.instruction), true);
    view.setBigUint64(state.fpuData, pointer(area.data), true);
  }
  for (let n = 0; n < 8; n++) {
    const at = area.st + n * 16;
    u8.set(from.subarray(at, at + 10), stOffset(cpu, n));
  }
}

/** What FNINIT leaves, and empty registers. */
function resetX87(cpu: Processor): void {
  const { i32, u8, view } = cpu.memory;
  i32[state.fpuControl >> 2] = 0x37f;
  i32[state.fpuStatus >> 2] = 0;
  i32[state.fpuTag >> 2] = 0;
  i32[state.fpuOpcode >> 2] = 0;
  view.setBigUint64(state.fpuInstruction, 0n, true);
  view.setBigUint64(state.fpuData, 0n, true);
  u8.fill(0, state.fpr, state.fpr + 128);
}

function saveMxcsr(cpu: Processor, into: Uint8Array): void {
  const out = new DataView(into.buffer, into.byteOffset);
  out.setUint32(area.mxcsr, cpu.memory.i32[state.mxcsr >> 2]!, true);
  out.setUint32(area.mxcsrMask, MXCSR_MASK, true);
}

function mxcsrOf(from: Uint8Array): number {
  const value = new DataView(from.buffer, from.byteOffset).getUint32(area.mxcsr, true);
  if (value & ~MXCSR_MASK) raise(VECTOR.GP, 0);
  return value;
}

function saveXmm(cpu: Processor, into: Uint8Array, count: number): void {
  into.set(cpu.memory.u8.subarray(state.xmm, state.xmm + count * 16), area.xmm);
}

function restoreXmm(cpu: Processor, from: Uint8Array, count: number): void {
  cpu.memory.u8.set(from.subarray(area.xmm, area.xmm + count * 16), state.xmm);
}

/** Raises what writing `bytes` at the operand would raise, before any of it is written. */
function probe(cpu: Processor, instruction: Decoded, bytes: number): void {
  checkOperandRange(cpu, instruction, 0, bytes, true);
  cpu.linear.probeWrite(cpu.operandAddress, 1);
  cpu.linear.probeWrite(cpu.operandAddress + BigInt(bytes - 1), 1);
}

function fxsave(cpu: Processor, instruction: Decoded): void {
  guardFpu(cpu);
  checkAligned(cpu, 16n);
  probe(cpu, instruction, area.size);
  const count = xmmCount(instruction);
  // What is not saved stays as it is in memory.
  const image = cpu.linear.readBytes(cpu.operandAddress, area.xmm + count * 16);
  saveX87(cpu, image, instruction.size === 64);
  saveMxcsr(cpu, image);
  saveXmm(cpu, image, count);
  cpu.linear.writeBytes(cpu.operandAddress, image);
}

function fxrstor(cpu: Processor, instruction: Decoded): void {
  guardFpu(cpu);
  checkAligned(cpu, 16n);
  checkOperandRange(cpu, instruction, 0, area.size);
  const image = cpu.linear.readBytes(cpu.operandAddress, area.size);
  const mxcsr = mxcsrOf(image);
  restoreX87(cpu, image, instruction.size === 64);
  cpu.memory.i32[state.mxcsr >> 2] = mxcsr;
  restoreXmm(cpu, image, xmmCount(instruction));
}

/** State components that EDX:EAX asks for and XCR0 enables. */
function requested(cpu: Processor): number {
  return Number(cpu.gpr[GPR.RAX]! & 3n) & cpu.xcr0;
}

/** XSAVE and XSAVEOPT, which may save as much (Intel SDM vol. 1, §13.7, §13.9). */
function xsave(cpu: Processor, instruction: Decoded): void {
  guardXsave(cpu);
  checkAligned(cpu, 64n);
  probe(cpu, instruction, header.end);
  const components = requested(cpu);
  const image = cpu.linear.readBytes(cpu.operandAddress, header.end);
  if (components & X87) saveX87(cpu, image, instruction.size === 64);
  if (components & SSE) {
    saveMxcsr(cpu, image);
    saveXmm(cpu, image, xmmCount(instruction));
  }
  image[header.features] = (image[header.features]! & ~components) | components;
  cpu.linear.writeBytes(cpu.operandAddress, image);
}

function xrstor(cpu: Processor, instruction: Decoded): void {
  guardXsave(cpu);
  checkAligned(cpu, 64n);
  checkOperandRange(cpu, instruction, 0, header.end);
  const image = cpu.linear.readBytes(cpu.operandAddress, header.end);
  const view = new DataView(image.buffer);
  const present = view.getBigUint64(header.features, true);
  if (present & ~BigInt(cpu.xcr0)) raise(VECTOR.GP, 0);
  for (let at: number = header.compact; at < header.compact + 16; at += 8)
    if (view.getBigUint64(at, true)) raise(VECTOR.GP, 0);
  const components = requested(cpu);
  const saved = Number(present);
  const mxcsr = components & SSE ? mxcsrOf(image) : undefined;
  if (components & X87) {
    if (saved & X87) restoreX87(cpu, image, instruction.size === 64);
    else resetX87(cpu);
  }
  if (mxcsr === undefined) return;
  cpu.memory.i32[state.mxcsr >> 2] = mxcsr;
  const count = xmmCount(instruction);
  if (saved & SSE) restoreXmm(cpu, image, count);
  else cpu.memory.u8.fill(0, state.xmm, state.xmm + count * 16);
}

/** Saving and restoring x87 and SSE state. */
export const fxsaveAndXsave: InstructionDescription[] = [
  { name: 'fxsave', encodings: ['np 0f ae /0 M ;mem'], ends: false, system: fxsave },
  { name: 'fxrstor', encodings: ['np 0f ae /1 M ;mem'], ends: false, system: fxrstor },
  {
    name: 'ldmxcsr',
    encodings: ['np 0f ae /2 Md ;mem'],
    ends: false,
    system: (cpu, instruction) => {
      guardSse(cpu);
      checkOperandRange(cpu, instruction, 0, 4);
      const value = Number(cpu.linear.read(cpu.operandAddress, 4));
      if (value & ~MXCSR_MASK) raise(VECTOR.GP, 0);
      cpu.memory.i32[state.mxcsr >> 2] = value;
    },
  },
  {
    name: 'stmxcsr',
    encodings: ['np 0f ae /3 Md ;mem'],
    ends: false,
    system: (cpu, instruction) => {
      guardSse(cpu);
      checkOperandRange(cpu, instruction, 0, 4, true);
      cpu.linear.write(cpu.operandAddress, 4, BigInt(cpu.memory.u32[state.mxcsr >> 2]!));
    },
  },
  { name: 'xsave', encodings: ['np 0f ae /4 M ;mem'], ends: false, system: xsave },
  { name: 'xrstor', encodings: ['np 0f ae /5 M ;mem'], ends: false, system: xrstor },
  { name: 'xsaveopt', encodings: ['np 0f ae /6 M ;mem'], ends: false, system: xsave },
  {
    name: 'xgetbv',
    encodings: ['np 0f 01 modrm=d0'],
    ends: false,
    system: (cpu) => {
      if (!(cpu.cr4 & CR4.OSXSAVE)) raise(VECTOR.UD);
      if (cpu.gpr[GPR.RCX]! & 0xffffffffn) raise(VECTOR.GP, 0);
      cpu.gpr[GPR.RAX] = BigInt(cpu.xcr0);
      cpu.gpr[GPR.RDX] = 0n;
    },
  },
  {
    name: 'xsetbv',
    encodings: ['np 0f 01 modrm=d1'],
    ends: false,
    system: (cpu) => {
      if (!(cpu.cr4 & CR4.OSXSAVE)) raise(VECTOR.UD);
      requirePrivilege(cpu);
      const low = cpu.gpr[GPR.RAX]! & 0xffffffffn;
      // x87 state cannot be switched off; there is nothing above SSE.
      if (cpu.gpr[GPR.RCX]! & 0xffffffffn || cpu.gpr[GPR.RDX]! & 0xffffffffn || !(low & 1n) || low > 3n)
        raise(VECTOR.GP, 0);
      cpu.xcr0 = Number(low);
    },
  },
];
