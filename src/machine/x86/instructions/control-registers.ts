import { CR0, CR4, EFER } from '../../../abi/x86/control-registers.js';
import { SEGMENT_ACCESS } from '../../../abi/x86/descriptors.js';
import { FLAG } from '../../../abi/x86/flags.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { advertises, type CpuidFeature } from '../cpuid.js';
import { DR6, DR6_ONES, DR6_WRITABLE, DR7_GD, DR7_ONES, DR7_WRITABLE } from '../debug.js';
import { raise } from '../exceptions/fault.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import type { RegisterOperand } from '../operands.js';
import { requirePrivilege } from '../privilege.js';
import type { Processor } from '../processor.js';
import { segment, segmentIndex, segmentOffset } from '../state.js';

const CR0_KNOWN =
  CR0.PE | CR0.MP | CR0.EM | CR0.TS | CR0.ET | CR0.NE | CR0.WP | CR0.AM | CR0.NW | CR0.CD | CR0.PG;

/**
 * CR4 bits that may always be set. Kernels set the oldest ones (PAE, PGE …) without asking CPUID, and no processor
 * with long mode refuses them.
 */
const CR4_BASE =
  CR4.TSD | CR4.DE | CR4.PSE | CR4.PAE | CR4.MCE | CR4.PGE | CR4.PCE | CR4.OSFXSR | CR4.OSXMMEXCPT;

const CR4_FEATURES: readonly (readonly [number, CpuidFeature])[] = [
  [CR4.UMIP, 'umip'],
  [CR4.LA57, 'la57'],
  [CR4.FSGSBASE, 'fsgsbase'],
  [CR4.PCIDE, 'pcid'],
  [CR4.OSXSAVE, 'xsave'],
  [CR4.SMEP, 'smep'],
  [CR4.SMAP, 'smap'],
];

/** CR4 bits that this processor has. */
export function validCr4(cpu: Processor): number {
  const { cpuid } = cpu.outside;
  let valid = CR4_BASE;
  for (const [bit, feature] of CR4_FEATURES) if (advertises(cpuid, feature)) valid |= bit;
  return valid;
}

/** The first page-directory-pointer entry of PAE paging that is present and has reserved bits (SDM vol. 3, §4.4.1). */
export function badPdpte(cpu: Processor, cr3: bigint): { index: number; value: bigint } | undefined {
  const table = Number(cr3 & 0xffffffe0n);
  const highMask = ~((1 << (cpu.physicalBits - 32)) - 1);
  for (let index = 0; index < 4; index++) {
    const low = cpu.memory.read32(table + index * 8);
    const high = cpu.memory.read32(table + index * 8 + 4);
    if (low & 1 && (low & 0x1e6 || high & highMask))
      return { index, value: (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0) };
  }
  return undefined;
}

/** Loads these entries: #GP when one is bad. */
function checkPdptes(cpu: Processor, cr3: bigint): void {
  if (badPdpte(cpu, cr3)) raise(VECTOR.GP, 0);
}

/** MOV to CR0 with its checks (Intel SDM vol. 2, MOV to control registers). */
function writeCr0(cpu: Processor, value: bigint): void {
  if (value >> 32n) raise(VECTOR.GP, 0);
  const bits = Number(BigInt.asIntN(32, value));
  const old = cpu.cr0;
  if (bits & CR0.PG && !(bits & CR0.PE)) raise(VECTOR.GP, 0);
  if (bits & CR0.NW && !(bits & CR0.CD)) raise(VECTOR.GP, 0);
  const codeAccess = cpu.memory.i32[(segmentOffset(segmentIndex.cs) + segment.access) >> 2]!;
  if (bits & CR0.PG && !(old & CR0.PG)) {
    if (cpu.efer & EFER.LME) {
      if (!(cpu.cr4 & CR4.PAE) || codeAccess & SEGMENT_ACCESS.LONG) raise(VECTOR.GP, 0);
    } else if (cpu.cr4 & CR4.PAE) checkPdptes(cpu, cpu.cr3);
  }
  if (!(bits & CR0.PG) && old & CR0.PG && (cpu.codeBits === 64 || cpu.cr4 & CR4.PCIDE)) raise(VECTOR.GP, 0);
  cpu.setCr0(bits & CR0_KNOWN);
}

function writeCr3(cpu: Processor, value: bigint): void {
  let base = value;
  if (cpu.cr4 & CR4.PCIDE) base &= ~(1n << 63n);
  if (cpu.longMode) {
    if (base >> BigInt(cpu.physicalBits)) raise(VECTOR.GP, 0);
  } else if (cpu.cr4 & CR4.PAE && cpu.cr0 & CR0.PG) checkPdptes(cpu, base);
  // Not flushing (bit 63) is a permission, not a duty.
  cpu.setCr3(base);
}

function writeCr4(cpu: Processor, value: bigint): void {
  if (value >> 32n) raise(VECTOR.GP, 0);
  const bits = Number(BigInt.asIntN(32, value));
  const old = cpu.cr4;
  if (bits & ~validCr4(cpu)) raise(VECTOR.GP, 0);
  if (cpu.longMode && (!(bits & CR4.PAE) || (old ^ bits) & CR4.LA57)) raise(VECTOR.GP, 0);
  if (bits & CR4.PCIDE && !(old & CR4.PCIDE) && (!cpu.longMode || cpu.cr3 & 0xfffn)) raise(VECTOR.GP, 0);
  if (bits & CR4.PAE && !(old & CR4.PAE) && cpu.cr0 & CR0.PG && !cpu.longMode) checkPdptes(cpu, cpu.cr3);
  cpu.setCr4(bits);
}

function numberOf(instruction: Decoded, n: number): number {
  return (instruction.operands[n] as RegisterOperand).number;
}

/**
 * Number of the control register in operand `n`. LOCK MOV CR0 is MOV CR8 in every mode where AltMovCr8 says so (AMD APM vol. 3,
 * MOV CRn); elsewhere LOCK is #UD.
 */
function controlNumber(cpu: Processor, instruction: Decoded, n: number): number {
  const number = numberOf(instruction, n);
  if (!instruction.lock) return number;
  if (number !== 0 || !advertises(cpu.outside.cpuid, 'cr8_legacy')) raise(VECTOR.UD);
  return 8;
}

function readControl(cpu: Processor, instruction: Decoded): void {
  const number = controlNumber(cpu, instruction, 1);
  if (![0, 2, 3, 4, 8].includes(number)) raise(VECTOR.UD);
  requirePrivilege(cpu);
  let value: bigint;
  switch (number) {
    case 0:
      value = BigInt(cpu.cr0 >>> 0);
      break;
    case 2:
      value = cpu.cr2;
      break;
    case 3:
      value = cpu.cr3;
      break;
    case 4:
      value = BigInt(cpu.cr4 >>> 0);
      break;
    default:
      value = BigInt(cpu.outside.taskPriority);
  }
  cpu.writeOperand(instruction, 0, value);
}

function writeControl(cpu: Processor, instruction: Decoded): void {
  const number = controlNumber(cpu, instruction, 0);
  if (![0, 2, 3, 4, 8].includes(number)) raise(VECTOR.UD);
  requirePrivilege(cpu);
  const value = cpu.readOperand(instruction, 1);
  if (number === 0) writeCr0(cpu, value);
  else if (number === 2) cpu.cr2 = value;
  else if (number === 3) writeCr3(cpu, value);
  else if (number === 4) writeCr4(cpu, value);
  else {
    if (value > 15n) raise(VECTOR.GP, 0);
    cpu.outside.taskPriority = Number(value);
    cpu.lookAgain();
  }
}

/** DR4 and DR5 are names of DR6 and DR7 unless CR4.DE is set. */
function debugNumber(cpu: Processor, number: number): number {
  if (number > 7) raise(VECTOR.UD);
  if (number !== 4 && number !== 5) return number;
  if (cpu.cr4 & CR4.DE) raise(VECTOR.UD);
  return number + 2;
}

function guardDebug(cpu: Processor): void {
  requirePrivilege(cpu);
  if (cpu.debug[7]! & DR7_GD) {
    cpu.debug[6] = cpu.debug[6]! | DR6.BD;
    // A fault like any other but those of instruction breakpoints: restarted with RF set.
    cpu.systemFlags |= FLAG.RF;
    raise(VECTOR.DB);
  }
}

function readDebug(cpu: Processor, instruction: Decoded): void {
  const number = debugNumber(cpu, numberOf(instruction, 1));
  guardDebug(cpu);
  const stored = cpu.debug[number]!;
  const value = number === 6 ? stored | DR6_ONES : number === 7 ? stored | DR7_ONES : stored;
  cpu.writeOperand(instruction, 0, value);
}

function writeDebug(cpu: Processor, instruction: Decoded): void {
  const number = debugNumber(cpu, numberOf(instruction, 0));
  guardDebug(cpu);
  const value = cpu.readOperand(instruction, 1);
  if (number >= 6 && value >> 32n) raise(VECTOR.GP, 0);
  if (number === 6) cpu.debug[6] = value & DR6_WRITABLE;
  else {
    cpu.debug[number] = number === 7 ? value & DR7_WRITABLE : value;
    cpu.breakpoints.update();
  }
}

const both = (encoding: (register: string) => string): string[] => [
  `${encoding('d')} ;i64 anymod`,
  `${encoding('q')} ;o64 anymod`,
];

/** Moves to and from control and debug registers, CLTS. The r/m field names a register whatever mod says. */
export const controlRegisters: InstructionDescription[] = [
  {
    name: 'movfc',
    encodings: both((r) => `0f 20 R${r},C${r}`),
    ends: false,
    lock: 'register',
    system: readControl,
  },
  { name: 'movtc', encodings: both((r) => `0f 22 C${r},R${r}`), lock: 'register', system: writeControl },
  { name: 'movfd', encodings: both((r) => `0f 21 R${r},D${r}`), ends: false, system: readDebug },
  { name: 'movtd', encodings: both((r) => `0f 23 D${r},R${r}`), system: writeDebug },
  {
    name: 'clts',
    encodings: ['0f 06'],
    system: (cpu) => {
      requirePrivilege(cpu);
      cpu.setCr0(cpu.cr0 & ~CR0.TS);
    },
  },
];
