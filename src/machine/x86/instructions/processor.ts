import { CR0, CR4 } from '../../../abi/x86/control-registers.js';
import { ARITHMETIC_FLAGS, FLAG } from '../../../abi/x86/flags.js';
import { MSR } from '../../../abi/x86/msr.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { here } from '../../engine/layout.js';
import { i32, i64 } from '../../wasm/code.js';
import { isCanonicalBaseAddress } from '../canonical.js';
import { advertises, type CpuidFeature } from '../cpuid.js';
import type { Emitter } from '../emitter/emitter.js';
import { raise } from '../exceptions/fault.js';
import { zeroExtend } from '../flags/flags.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import { checkOperandRange } from '../operand-range.js';
import { requirePrivilege } from '../privilege.js';
import type { Processor } from '../processor.js';
import { segment, segmentIndex, segmentOffset, state } from '../state.js';
import { readTimeStamp } from '../time-stamp.js';

function requireFeature(cpu: Processor, feature: CpuidFeature): void {
  if (!advertises(cpu.outside.cpuid, feature)) raise(VECTOR.UD);
}

/** CPUID.1:EDX.APIC, and what repeats it, shows IA32_APIC_BASE[11] (Intel SDM vol. 3, §11.4.3). */
const APIC = 1 << 9;
/** CPUID.8000_0001:EDX.SYSCALL shows on Intel's processors whether the code is 64-bit (Intel SDM vol. 2, CPUID). */
const SYSCALL = 1 << 11;
const IDENTITY = 1;
const EXTENDED_IDENTITY = 0x80000001;

/** Bits of EDX that are clear for now though the processor has what they stand for. */
function hiddenFeatures(cpu: Processor, leaf: number): number {
  if (leaf !== IDENTITY && leaf !== EXTENDED_IDENTITY) return 0;
  const base = cpu.outside.readMsr(MSR.APIC_BASE);
  const apicDisabled = base !== undefined && !(base & 0x800n);
  const intel = cpu.vendor === 'intel';
  if (leaf === IDENTITY) return apicDisabled ? APIC : 0;
  if (intel) return cpu.codeBits === 64 ? 0 : SYSCALL;
  return apicDisabled ? APIC : 0;
}

/** Bits of CPUID that follow other registers. */
function cpuid(cpu: Processor): void {
  const leaf = Number(cpu.gpr[GPR.RAX]! & 0xffffffffn);
  const subleaf = Number(cpu.gpr[GPR.RCX]! & 0xffffffffn);
  cpu.observer?.cpuid(leaf, subleaf);
  const { eax, ebx, ecx, edx } = cpu.outside.cpuid(leaf, subleaf);
  // CPUID.1:ECX.OSXSAVE shows CR4.OSXSAVE.
  const os = leaf === 1 && cpu.cr4 & CR4.OSXSAVE ? 1 << 27 : 0;
  cpu.gpr[GPR.RAX] = BigInt(eax >>> 0);
  cpu.gpr[GPR.RBX] = BigInt(ebx >>> 0);
  cpu.gpr[GPR.RCX] = BigInt((ecx | os) >>> 0);
  cpu.gpr[GPR.RDX] = BigInt((edx & ~hiddenFeatures(cpu, leaf)) >>> 0);
}

function timeStamp(cpu: Processor): void {
  if (cpu.cr4 & CR4.TSD && cpu.cpl > 0) raise(VECTOR.GP, 0);
  const value = readTimeStamp(cpu);
  cpu.gpr[GPR.RAX] = value & 0xffffffffn;
  cpu.gpr[GPR.RDX] = value >> 32n;
}

/** RDPMC (Intel SDM vol. 2; AMD APM vol. 3). */
function performanceCounter(cpu: Processor): void {
  const number = Number(cpu.gpr[GPR.RCX]! & 0xffffffffn);
  const allowed = cpu.cr4 & CR4.PCE || cpu.cpl === 0 || !(cpu.cr0 & CR0.PE);
  if (!allowed || number > 3) raise(VECTOR.GP, 0);
  const value = cpu.performance.read(number);
  cpu.gpr[GPR.RAX] = value & 0xffffffffn;
  cpu.gpr[GPR.RDX] = value >> 32n;
}

/** RDTSC. Calibration and delay loops are little else. */
function readTimeStampCounter(x: Emitter): void {
  const { body } = x;
  const disabled = i32.and(i32.load(here, state.cr4), i32.const(CR4.TSD));
  body.if(disabled, () => body.if(i32.load(here, state.cpl), () => x.raise(VECTOR.GP)));
  const left = i64.extend_s(i32.add(x.remaining(), x.unretired()));
  const value = body.let(i64.sub(i64.load(here, state.timeStampEnd), left));
  x.writeGpr(GPR.RAX, zeroExtend(value, 32));
  x.writeGpr(GPR.RDX, i64.shr_u(value, i64.const(32)));
}

/** Next of a fixed sequence (SplitMix64): a boot draws the same numbers every time. */
function random(cpu: Processor): bigint {
  cpu.randomState = BigInt.asUintN(64, cpu.randomState + 0x9e3779b97f4a7c15n);
  let z = cpu.randomState;
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

const draw =
  (feature: 'rdrand' | 'rdseed') =>
  (cpu: Processor, instruction: Decoded): void => {
    requireFeature(cpu, feature);
    cpu.writeOperand(instruction, 0, BigInt.asUintN(instruction.size, random(cpu)));
    cpu.flags = (cpu.flags & ~ARITHMETIC_FLAGS) | FLAG.CF;
  };

/** INVPCID (Intel SDM vol. 2): one address, or everything. */
function invalidatePcid(cpu: Processor, instruction: Decoded): void {
  requireFeature(cpu, 'invpcid');
  requirePrivilege(cpu);
  const type = BigInt.asUintN(instruction.mode === 64 ? 64 : 32, cpu.readOperand(instruction, 0));
  checkOperandRange(cpu, instruction, 1, 16);
  const pcid = cpu.linear.read(cpu.operandAddress, 8);
  const address = cpu.linear.read(cpu.operandAddress + 8n, 8);
  if (type > 3n || pcid >> 12n) raise(VECTOR.GP, 0);
  if (type < 2n && pcid && !(cpu.cr4 & CR4.PCIDE)) raise(VECTOR.GP, 0);
  if (type === 0n) {
    if (!isCanonicalBaseAddress(cpu, address)) raise(VECTOR.GP, 0);
    cpu.invalidatePage(address);
  } else cpu.flushTlb();
}

function swapGs(cpu: Processor): void {
  requirePrivilege(cpu);
  const { view } = cpu.memory;
  const at = segmentOffset(segmentIndex.gs) + segment.base;
  const kernel = cpu.msr.get(MSR.KERNEL_GS_BASE) ?? 0n;
  cpu.msr.set(MSR.KERNEL_GS_BASE, view.getBigUint64(at, true));
  view.setBigUint64(at, kernel, true);
}

const baseOf = (index: number): number => segmentOffset(index) + segment.base;

const readBase =
  (index: number) =>
  (cpu: Processor, instruction: Decoded): void => {
    if (!(cpu.cr4 & CR4.FSGSBASE)) raise(VECTOR.UD);
    const value = cpu.memory.view.getBigUint64(baseOf(index), true);
    cpu.writeOperand(instruction, 0, BigInt.asUintN(instruction.size, value));
  };

const writeBase =
  (index: number) =>
  (cpu: Processor, instruction: Decoded): void => {
    if (!(cpu.cr4 & CR4.FSGSBASE)) raise(VECTOR.UD);
    const value = cpu.readOperand(instruction, 0);
    if (!isCanonicalBaseAddress(cpu, value)) raise(VECTOR.GP, 0);
    cpu.memory.view.setBigUint64(baseOf(index), value, true);
  };

const setAccessCheck =
  (on: boolean) =>
  (cpu: Processor): void => {
    if (cpu.cpl !== 0 || !advertises(cpu.outside.cpuid, 'smap')) raise(VECTOR.UD);
    const { systemFlags } = cpu;
    cpu.systemFlags = on ? systemFlags | FLAG.AC : systemFlags & ~FLAG.AC;
  };

const undefinedInstruction = (): never => raise(VECTOR.UD);
/** There are no caches to write back. */
const privilegedNop = (cpu: Processor): void => requirePrivilege(cpu);

/** Processor identification, time, caches, TLB, halting and the odds and ends of the system instructions. */
export const processor: InstructionDescription[] = [
  { name: 'cpuid', encodings: ['0f a2'], ends: false, system: cpuid },
  { name: 'rdtsc', encodings: ['0f 31'], emit: readTimeStampCounter },
  {
    name: 'rdtscp',
    encodings: ['0f 01 modrm=f9'],
    ends: false,
    system: (cpu) => {
      requireFeature(cpu, 'rdtscp');
      timeStamp(cpu);
      cpu.gpr[GPR.RCX] = cpu.msr.get(MSR.TSC_AUX) ?? 0n;
    },
  },
  { name: 'rdpmc', encodings: ['0f 33'], ends: false, system: performanceCounter },
  {
    name: 'hlt',
    encodings: ['f4'],
    system: (cpu) => {
      requirePrivilege(cpu);
      cpu.halted = true;
    },
  },
  { name: 'invd', encodings: ['0f 08'], ends: false, system: privilegedNop },
  { name: 'wbinvd', encodings: ['0f 09'], ends: false, system: privilegedNop },
  {
    name: 'invlpg',
    encodings: ['0f 01 /7 M ;mem'],
    system: (cpu) => {
      requirePrivilege(cpu);
      cpu.invalidatePage(cpu.operandAddress);
    },
  },
  { name: 'invpcid', encodings: ['66 0f 38 82 Gd,M ;i64', '66 0f 38 82 Gq,M ;o64'], system: invalidatePcid },
  { name: 'swapgs', encodings: ['0f 01 modrm=f8 ;o64'], ends: false, system: swapGs },
  { name: 'rdfsbase', encodings: ['f3 0f ae /0 Ry ;o64'], ends: false, system: readBase(segmentIndex.fs) },
  { name: 'rdgsbase', encodings: ['f3 0f ae /1 Ry ;o64'], ends: false, system: readBase(segmentIndex.gs) },
  { name: 'wrfsbase', encodings: ['f3 0f ae /2 Ry ;o64'], ends: false, system: writeBase(segmentIndex.fs) },
  { name: 'wrgsbase', encodings: ['f3 0f ae /3 Ry ;o64'], ends: false, system: writeBase(segmentIndex.gs) },
  { name: 'rdrand', encodings: ['0f c7 /6 Rv'], ends: false, system: draw('rdrand') },
  { name: 'rdseed', encodings: ['0f c7 /7 Rv'], ends: false, system: draw('rdseed') },
  { name: 'clac', encodings: ['np 0f 01 modrm=ca'], ends: false, system: setAccessCheck(false) },
  { name: 'stac', encodings: ['np 0f 01 modrm=cb'], ends: false, system: setAccessCheck(true) },
  { name: 'monitor', encodings: ['0f 01 modrm=c8'], system: undefinedInstruction },
  { name: 'mwait', encodings: ['0f 01 modrm=c9'], system: undefinedInstruction },
  { name: 'ud0', encodings: ['0f ff Gv,Ev'], system: undefinedInstruction },
  { name: 'ud1', encodings: ['0f b9 Gv,Ev'], system: undefinedInstruction },
  { name: 'ud2', encodings: ['0f 0b'], system: undefinedInstruction },
];
