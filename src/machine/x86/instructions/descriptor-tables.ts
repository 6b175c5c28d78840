import { CR0, CR4 } from '../../../abi/x86/control-registers.js';
import { SYSTEM_TYPE } from '../../../abi/x86/descriptors.js';
import { FLAG } from '../../../abi/x86/flags.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { isCanonicalBaseAddress } from '../canonical.js';
import { raise } from '../exceptions/fault.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import { checkOperandRange } from '../operand-range.js';
import { requirePrivilege } from '../privilege.js';
import type { Processor } from '../processor.js';
import { Descriptor, fetchDescriptor } from '../segments/descriptor.js';
import type { DescriptorTable } from '../segments/descriptor-table.js';
import { loadLdt, loadTaskRegister, selectorOf } from '../segments/segments.js';
import { segmentIndex } from '../state.js';

/** UMIP keeps user mode from reading where system tables lie (Intel SDM vol. 3, §2.5). */
function guardUserMode(cpu: Processor): void {
  if (cpu.cr4 & CR4.UMIP && cpu.cpl > 0) raise(VECTOR.GP, 0);
}

function loadTable(cpu: Processor, instruction: Decoded, table: DescriptorTable): void {
  requirePrivilege(cpu);
  const long = instruction.mode === 64;
  checkOperandRange(cpu, instruction, 0, 6);
  const limit = Number(cpu.linear.read(cpu.operandAddress, 2));
  const base = cpu.linear.read(cpu.operandAddress + 2n, long ? 8 : 4);
  if (long && !isCanonicalBaseAddress(cpu, base)) raise(VECTOR.GP, 0);
  table.limit = limit;
  table.base = !long && instruction.size === 16 ? base & 0xffffffn : base;
}

function storeTable(cpu: Processor, instruction: Decoded, table: DescriptorTable): void {
  guardUserMode(cpu);
  const long = instruction.mode === 64;
  checkOperandRange(cpu, instruction, 0, 6, true);
  cpu.linear.write(cpu.operandAddress, 2, BigInt(table.limit));
  cpu.linear.write(cpu.operandAddress + 2n, long ? 8 : 4, long ? table.base : table.base & 0xffffffffn);
}

/** SLDT, STR, SMSW: a word in memory, the operand size in a register. */
function storeWord(cpu: Processor, instruction: Decoded, value: bigint): void {
  guardUserMode(cpu);
  const inMemory = instruction.operands[0]!.kind === 'memory';
  if (inMemory) checkOperandRange(cpu, instruction, 0, 2, true);
  cpu.writeOperand(instruction, 0, value, inMemory ? 16 : undefined);
}

function readSelector(cpu: Processor, instruction: Decoded, n: number): number {
  if (instruction.operands[n]!.kind === 'memory') checkOperandRange(cpu, instruction, n, 2);
  return Number(cpu.readOperand(instruction, n, 16));
}

function setZero(cpu: Processor, zero: boolean): void {
  cpu.flags = (cpu.flags & ~FLAG.ZF) | (zero ? FLAG.ZF : 0);
}

const probe = new Descriptor();

const { TSS16, TSS16_BUSY, LDT, CALL_GATE16, TASK_GATE, TSS, TSS_BUSY, CALL_GATE } = SYSTEM_TYPE;
const larTypes = new Set<number>([TSS16, TSS16_BUSY, LDT, CALL_GATE16, TASK_GATE, TSS, TSS_BUSY, CALL_GATE]);
const larLongTypes = new Set<number>([LDT, TSS, TSS_BUSY, CALL_GATE]);
const lslTypes = new Set<number>([TSS16, TSS16_BUSY, LDT, TSS, TSS_BUSY]);
const lslLongTypes = new Set<number>([LDT, TSS, TSS_BUSY]);

/** Reads the descriptor that LAR, LSL, VERR, VERW ask about into `probe`; false when it may not be seen. */
function visible(cpu: Processor, selector: number, systemTypes: ReadonlySet<number>): boolean {
  if ((selector & 0xfffc) === 0 || !fetchDescriptor(cpu, selector, probe)) return false;
  if (!probe.isSegment && !systemTypes.has(probe.type)) return false;
  if (probe.isCode && probe.isConforming) return true;
  return probe.dpl >= cpu.cpl && probe.dpl >= (selector & 3);
}

const nothing: ReadonlySet<number> = new Set();

/** Descriptor tables, LDTR, TR, the machine status word and the instructions that look at descriptors. */
export const descriptorTables: InstructionDescription[] = [
  { name: 'lgdt', encodings: ['0f 01 /2 M ;mem'], system: (cpu, i) => loadTable(cpu, i, cpu.gdtr) },
  { name: 'lidt', encodings: ['0f 01 /3 M ;mem'], system: (cpu, i) => loadTable(cpu, i, cpu.idtr) },
  {
    name: 'sgdt',
    encodings: ['0f 01 /0 M ;mem'],
    ends: false,
    system: (cpu, i) => storeTable(cpu, i, cpu.gdtr),
  },
  {
    name: 'sidt',
    encodings: ['0f 01 /1 M ;mem'],
    ends: false,
    system: (cpu, i) => storeTable(cpu, i, cpu.idtr),
  },
  {
    name: 'lldt',
    encodings: ['0f 00 /2 Ew ;real'],
    system: (cpu, instruction) => {
      requirePrivilege(cpu);
      loadLdt(cpu, readSelector(cpu, instruction, 0));
    },
  },
  {
    name: 'ltr',
    encodings: ['0f 00 /3 Ew ;real'],
    system: (cpu, instruction) => {
      requirePrivilege(cpu);
      loadTaskRegister(cpu, readSelector(cpu, instruction, 0));
    },
  },
  {
    name: 'sldt',
    encodings: ['0f 00 /0 Ev ;real'],
    ends: false,
    system: (cpu, instruction) => storeWord(cpu, instruction, BigInt(selectorOf(cpu, segmentIndex.ldtr))),
  },
  {
    name: 'str',
    encodings: ['0f 00 /1 Ev ;real'],
    ends: false,
    system: (cpu, instruction) => storeWord(cpu, instruction, BigInt(selectorOf(cpu, segmentIndex.tr))),
  },
  {
    name: 'smsw',
    encodings: ['0f 01 /4 Ev'],
    ends: false,
    system: (cpu, instruction) => storeWord(cpu, instruction, BigInt(cpu.cr0 >>> 0)),
  },
  {
    name: 'lmsw',
    encodings: ['0f 01 /6 Ew'],
    system: (cpu, instruction) => {
      requirePrivilege(cpu);
      const value = readSelector(cpu, instruction, 0);
      // PE can be set, not cleared.
      const kept = cpu.cr0 & ~(CR0.MP | CR0.EM | CR0.TS);
      cpu.setCr0(kept | (value & (CR0.PE | CR0.MP | CR0.EM | CR0.TS)));
    },
  },
  {
    name: 'lar',
    encodings: ['0f 02 Gv,Ew ;real'],
    ends: false,
    system: (cpu, instruction) => {
      const selector = readSelector(cpu, instruction, 1);
      const seen = visible(cpu, selector, cpu.longMode ? larLongTypes : larTypes);
      if (seen) cpu.writeOperand(instruction, 0, BigInt((probe.high & 0x00f0ff00) >>> 0));
      setZero(cpu, seen);
    },
  },
  {
    name: 'lsl',
    encodings: ['0f 03 Gv,Ew ;real'],
    ends: false,
    system: (cpu, instruction) => {
      const selector = readSelector(cpu, instruction, 1);
      const seen = visible(cpu, selector, cpu.longMode ? lslLongTypes : lslTypes);
      if (seen) cpu.writeOperand(instruction, 0, BigInt(probe.limit));
      setZero(cpu, seen);
    },
  },
  {
    name: 'verr',
    encodings: ['0f 00 /4 Ew ;real'],
    ends: false,
    system: (cpu, instruction) =>
      setZero(cpu, visible(cpu, readSelector(cpu, instruction, 0), nothing) && probe.isReadable),
  },
  {
    name: 'verw',
    encodings: ['0f 00 /5 Ew ;real'],
    ends: false,
    system: (cpu, instruction) =>
      setZero(cpu, visible(cpu, readSelector(cpu, instruction, 0), nothing) && probe.isWritableData),
  },
  {
    name: 'arpl',
    encodings: ['63 Ew,Gw ;i64 real'],
    ends: false,
    system: (cpu, instruction) => {
      const selector = readSelector(cpu, instruction, 0);
      const level = Number(cpu.readOperand(instruction, 1)) & 3;
      const raised = (selector & 3) < level;
      if (raised) {
        // Only then must it be writable.
        if (instruction.operands[0]!.kind === 'memory') checkOperandRange(cpu, instruction, 0, 2, true);
        cpu.writeOperand(instruction, 0, BigInt((selector & ~3) | level));
      }
      setZero(cpu, raised);
    },
  },
];
