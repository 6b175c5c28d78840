import { CR0, EFER } from './control-registers.js';
import type { Cpu } from './cpu.js';
import { advertises } from './cpuid.js';
import { isCanonical } from './exceptions.js';
import { raise, VECTOR } from './fault.js';
import { segment, segmentIndex, segmentOffset } from './state.js';
import { moveTimeStamp, readTimeStamp, writeTimeStamp } from './time-stamp.js';

/** Model-specific registers (Intel SDM vol. 4; AMD APM vol. 2, appendix A). */

export const MSR = {
  TSC: 0x10,
  PLATFORM_ID: 0x17,
  FEATURE_CONTROL: 0x3a,
  TSC_ADJUST: 0x3b,
  MICROCODE_LEVEL: 0x8b,
  MTRR_CAPABILITIES: 0xfe,
  SYSENTER_CS: 0x174,
  SYSENTER_ESP: 0x175,
  SYSENTER_EIP: 0x176,
  MCG_CAP: 0x179,
  MCG_STATUS: 0x17a,
  MCG_CTL: 0x17b,
  MISC_ENABLE: 0x1a0,
  PAT: 0x277,
  MTRR_DEFAULT_TYPE: 0x2ff,
  EFER: 0xc0000080,
  STAR: 0xc0000081,
  LSTAR: 0xc0000082,
  CSTAR: 0xc0000083,
  FMASK: 0xc0000084,
  FS_BASE: 0xc0000100,
  GS_BASE: 0xc0000101,
  KERNEL_GS_BASE: 0xc0000102,
  TSC_AUX: 0xc0000103,
  SYSCFG: 0xc0010010,
  HWCR: 0xc0010015,
  NB_CFG: 0xc001001f,
  INTERRUPT_PENDING: 0xc0010055,
  DE_CFG: 0xc0011029,
} as const;

/** One access, for the autopsy. */
export interface MsrAccess {
  readonly index: number;
  readonly write: boolean;
  /** What was read or written. */
  readonly value: bigint;
  /** It raised #GP. */
  readonly refused: boolean;
  readonly rip: bigint;
}

/** How many accesses `cpu.lastMsrs` keeps. */
const RING = 32;

interface Register {
  /** Undefined: #GP. */
  read(cpu: Cpu): bigint | undefined;
  /** False: #GP. */
  write(cpu: Cpu, value: bigint): boolean;
}

/** A register that keeps what is written, as long as only bits of `mask` are set. */
function stored(index: number, initial = 0n, mask = -1n): Register {
  return {
    read: (cpu) => cpu.msr.get(index) ?? initial,
    write: (cpu, value) => {
      if (value & BigInt.asUintN(64, ~mask)) return false;
      cpu.msr.set(index, value);
      return true;
    },
  };
}

/** A register whose writes are ignored. */
const fixed = (value: bigint): Register => ({ read: () => value, write: () => true });
const readOnly = (value: bigint): Register => ({ read: () => value, write: () => false });

/** An address: #GP unless canonical. */
function address(index: number): Register {
  return {
    read: (cpu) => cpu.msr.get(index) ?? 0n,
    write: (cpu, value) => {
      if (!isCanonical(cpu, Number(BigInt.asIntN(32, value >> 32n)))) return false;
      cpu.msr.set(index, value);
      return true;
    },
  };
}

/** FS or GS base: it lives in the segment cache. */
function segmentBase(index: number): Register {
  const at = segmentOffset(index) + segment.base;
  return {
    read: (cpu) => cpu.memory.view.getBigUint64(at, true),
    write: (cpu, value) => {
      if (!isCanonical(cpu, Number(BigInt.asIntN(32, value >> 32n)))) return false;
      cpu.memory.view.setBigUint64(at, value, true);
      return true;
    },
  };
}

const timeStamp: Register = {
  read: readTimeStamp,
  write: (cpu, value) => {
    writeTimeStamp(cpu, value);
    return true;
  },
};

/** There when it is advertised, as Linux takes it. */
const timeStampAdjust: Register = {
  read: (cpu) =>
    advertises(cpu.outside.cpuid, 'tsc_adjust') ? BigInt.asUintN(64, cpu.timeStampOffset) : undefined,
  write: (cpu, value) => {
    if (!advertises(cpu.outside.cpuid, 'tsc_adjust')) return false;
    moveTimeStamp(cpu, value);
    return true;
  },
};

/** IA32_EFER: bits of features that are not advertised are reserved, LMA follows LME and CR0.PG. */
const efer: Register = {
  read: (cpu) => BigInt(cpu.efer >>> 0),
  write: (cpu, value) => {
    const { cpuid } = cpu.outside;
    let known: number = EFER.LMA;
    if (advertises(cpuid, 'syscall')) known |= EFER.SCE;
    if (advertises(cpuid, 'lm')) known |= EFER.LME;
    if (advertises(cpuid, 'nx')) known |= EFER.NXE;
    if (value & ~BigInt(known)) return false;
    const bits = Number(value);
    const old = cpu.efer;
    if (cpu.cr0 & CR0.PG && (bits ^ old) & EFER.LME) return false;
    cpu.setEfer((bits & ~EFER.LMA) | (old & EFER.LMA));
    return true;
  },
};

/** Memory types in the eight bytes of a PAT or fixed MTRR: 0, 1, 4, 5, 6 (and 7 in the PAT). */
function memoryTypes(index: number, initial: bigint, alsoUncached: boolean): Register {
  const valid = new Set(alsoUncached ? [0, 1, 4, 5, 6, 7] : [0, 1, 4, 5, 6]);
  return {
    read: (cpu) => cpu.msr.get(index) ?? initial,
    write: (cpu, value) => {
      for (let i = 0n; i < 64n; i += 8n) if (!valid.has(Number((value >> i) & 0xffn))) return false;
      cpu.msr.set(index, value);
      return true;
    },
  };
}

/** PAT after reset (Intel SDM vol. 3, table 12-12). */
const PAT_RESET = 0x0007040600070406n;
/** MTRRs enabled, fixed ranges too, everything else write-back: what firmware leaves behind. */
const MTRR_AFTER_FIRMWARE = 0xc06n;
const WRITE_BACK = 0x0606060606060606n;

function* registers(): Iterable<[number, Register]> {
  yield [MSR.TSC, timeStamp];
  yield [MSR.TSC_ADJUST, timeStampAdjust];
  yield [MSR.PLATFORM_ID, readOnly(0n)];
  // Locked, and no VMX to unlock.
  yield [MSR.FEATURE_CONTROL, readOnly(1n)];
  yield [MSR.MICROCODE_LEVEL, fixed(0n)];
  // Eight variable ranges, fixed ranges, write-combining.
  yield [MSR.MTRR_CAPABILITIES, readOnly(0x508n)];
  for (let i = 0x200; i < 0x210; i++) yield [i, stored(i)];
  for (const i of [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f])
    yield [i, memoryTypes(i, WRITE_BACK, false)];
  yield [MSR.MTRR_DEFAULT_TYPE, stored(MSR.MTRR_DEFAULT_TYPE, MTRR_AFTER_FIRMWARE, 0xcffn)];
  yield [MSR.PAT, memoryTypes(MSR.PAT, PAT_RESET, true)];
  yield [MSR.SYSENTER_CS, stored(MSR.SYSENTER_CS)];
  yield [MSR.SYSENTER_ESP, address(MSR.SYSENTER_ESP)];
  yield [MSR.SYSENTER_EIP, address(MSR.SYSENTER_EIP)];
  // Machine checks: no banks, so nothing to report.
  yield [MSR.MCG_CAP, readOnly(0n)];
  yield [MSR.MCG_STATUS, stored(MSR.MCG_STATUS, 0n, 7n)];
  // Fast strings.
  yield [MSR.MISC_ENABLE, stored(MSR.MISC_ENABLE, 1n)];
  yield [MSR.EFER, efer];
  yield [MSR.STAR, stored(MSR.STAR)];
  yield [MSR.LSTAR, address(MSR.LSTAR)];
  yield [MSR.CSTAR, address(MSR.CSTAR)];
  yield [MSR.FMASK, stored(MSR.FMASK, 0n, 0xffffffffn)];
  yield [MSR.FS_BASE, segmentBase(segmentIndex.fs)];
  yield [MSR.GS_BASE, segmentBase(segmentIndex.gs)];
  yield [MSR.KERNEL_GS_BASE, address(MSR.KERNEL_GS_BASE)];
  yield [MSR.TSC_AUX, stored(MSR.TSC_AUX, 0n, 0xffffffffn)];
  yield [MSR.SYSCFG, stored(MSR.SYSCFG)];
  yield [MSR.HWCR, stored(MSR.HWCR)];
  yield [MSR.NB_CFG, stored(MSR.NB_CFG)];
  yield [MSR.INTERRUPT_PENDING, stored(MSR.INTERRUPT_PENDING)];
  // Bit 1: LFENCE is serializing, as every instruction is here.
  yield [MSR.DE_CFG, stored(MSR.DE_CFG, 2n)];
}

const table = new Map(registers());

/** Does the processor itself answer at this index? The local APIC's are the machine's. */
export function isKnownMsr(index: number): boolean {
  return table.has(index);
}

function remember(cpu: Cpu, index: number, write: boolean, value: bigint, refused: boolean): void {
  cpu.lastMsrs.push({ index, write, value, refused, rip: cpu.rip });
  if (cpu.lastMsrs.length > RING) cpu.lastMsrs.shift();
}

/** RDMSR without its privilege check; undefined where #GP would be raised. */
export function readMsr(cpu: Cpu, index: number): bigint | undefined {
  return table.get(index)?.read(cpu) ?? cpu.outside.readMsr(index);
}

/** WRMSR without its privilege check; false where #GP would be raised. */
export function writeMsr(cpu: Cpu, index: number, value: bigint): boolean {
  const register = table.get(index);
  return register ? register.write(cpu, value) : cpu.outside.writeMsr(index, value);
}

/** RDMSR: #GP(0) for a register that does not exist. */
export function readMsrOrFault(cpu: Cpu, index: number): bigint {
  cpu.outside.synchronize(cpu.now);
  const value = readMsr(cpu, index);
  remember(cpu, index, false, value ?? 0n, value === undefined);
  if (value === undefined) raise(VECTOR.GP, 0);
  return BigInt.asUintN(64, value);
}

export function writeMsrOrFault(cpu: Cpu, index: number, value: bigint): void {
  cpu.outside.synchronize(cpu.now);
  const accepted = writeMsr(cpu, index, value);
  remember(cpu, index, true, value, !accepted);
  if (!accepted) raise(VECTOR.GP, 0);
  cpu.lookAgain();
}
