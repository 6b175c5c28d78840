import { CR0, EFER } from '../../abi/x86/control-registers.js';
import { MSR } from '../../abi/x86/msr.js';
import { VECTOR } from '../../abi/x86/vectors.js';
import { isCanonicalBaseAddress } from './canonical.js';
import { advertises } from './cpuid.js';
import { raise } from './exceptions/fault.js';
import { vendorMsrs } from './msr-by-vendor.js';
import { address, fixed, type MsrRegister, readOnly, stored } from './msr-register.js';
import type { MsrAccess } from './observer.js';
import type { Processor } from './processor.js';
import { segment, segmentIndex, segmentOffset } from './state.js';
import { moveTimeStamp, readTimeStamp, writeTimeStamp } from './time-stamp.js';
import type { Vendor } from './vendor.js';

/** Model-specific registers that processors of all vendors have (Intel SDM vol. 4; AMD APM vol. 2, appendix A). */

/** How many accesses `cpu.lastMsrs` keeps. */
const RING = 32;

/** Notes an access to an MSR, whoever answers it. */
export function noteMsr(cpu: Processor, access: Omit<MsrAccess, 'rip'>): void {
  const noted = { ...access, rip: cpu.rip };
  cpu.lastMsrs.push(noted);
  if (cpu.lastMsrs.length > RING) cpu.lastMsrs.shift();
  cpu.observer?.msr(noted);
}

/** FS or GS base: it lives in the segment cache. */
function segmentBase(index: number): MsrRegister {
  const at = segmentOffset(index) + segment.base;
  return {
    read: (cpu) => cpu.memory.view.getBigUint64(at, true),
    write: (cpu, value) => {
      if (!isCanonicalBaseAddress(cpu, value)) return false;
      cpu.memory.view.setBigUint64(at, value, true);
      return true;
    },
  };
}

const timeStamp: MsrRegister = {
  read: readTimeStamp,
  write: (cpu, value) => {
    writeTimeStamp(cpu, value);
    return true;
  },
};

/** There when it is advertised, as Linux takes it. */
const timeStampAdjust: MsrRegister = {
  read: (cpu) =>
    advertises(cpu.outside.cpuid, 'tsc_adjust') ? BigInt.asUintN(64, cpu.timeStampOffset) : undefined,
  write: (cpu, value) => {
    if (!advertises(cpu.outside.cpuid, 'tsc_adjust')) return false;
    moveTimeStamp(cpu, value);
    return true;
  },
};

/** IA32_EFER: bits of features that are not advertised are reserved, LMA follows LME and CR0.PG. */
const efer: MsrRegister = {
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
function memoryTypes(index: number, initial: bigint, alsoUncached: boolean): MsrRegister {
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

function* registers(): Iterable<[number, MsrRegister]> {
  yield [MSR.TSC, timeStamp];
  yield [MSR.TSC_ADJUST, timeStampAdjust];
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
  // Since the P6 and the K7: last-branch records and single-stepping by branches, of which there are none.
  yield [MSR.DEBUG_CONTROL, stored(MSR.DEBUG_CONTROL, 0n, 0xffffn)];
  yield [MSR.EFER, efer];
  yield [MSR.STAR, stored(MSR.STAR)];
  yield [MSR.LSTAR, address(MSR.LSTAR)];
  yield [MSR.CSTAR, address(MSR.CSTAR)];
  yield [MSR.FMASK, stored(MSR.FMASK, 0n, 0xffffffffn)];
  yield [MSR.FS_BASE, segmentBase(segmentIndex.fs)];
  yield [MSR.GS_BASE, segmentBase(segmentIndex.gs)];
  yield [MSR.KERNEL_GS_BASE, address(MSR.KERNEL_GS_BASE)];
  yield [MSR.TSC_AUX, stored(MSR.TSC_AUX, 0n, 0xffffffffn)];
}

const table = new Map(registers());

/** The register that the processor itself has at this index; the local APIC's are the machine's. */
function registerAt({ vendor }: Pick<Processor, 'vendor'>, index: number): MsrRegister | undefined {
  return table.get(index) ?? vendorMsrs[vendor].get(index);
}

/** Does a processor of this vendor answer there? */
export function isKnownMsr(index: number, vendor: Vendor): boolean {
  return registerAt({ vendor }, index) !== undefined;
}

/** RDMSR without its privilege check; undefined where #GP would be raised. */
export function readMsr(cpu: Processor, index: number): bigint | undefined {
  return registerAt(cpu, index)?.read(cpu) ?? cpu.outside.readMsr(index);
}

/** WRMSR without its privilege check; false where #GP would be raised. */
export function writeMsr(cpu: Processor, index: number, value: bigint): boolean {
  const register = registerAt(cpu, index);
  return register ? register.write(cpu, value) : cpu.outside.writeMsr(index, value);
}

/** RDMSR: #GP(0) for a register that does not exist. */
export function readMsrOrFault(cpu: Processor, index: number): bigint {
  cpu.outside.synchronize(cpu.now);
  const value = readMsr(cpu, index);
  noteMsr(cpu, { index, write: false, value: value ?? 0n, refused: value === undefined });
  if (value === undefined) raise(VECTOR.GP, 0);
  return BigInt.asUintN(64, value);
}

export function writeMsrOrFault(cpu: Processor, index: number, value: bigint): void {
  cpu.outside.synchronize(cpu.now);
  const accepted = writeMsr(cpu, index, value);
  noteMsr(cpu, { index, write: true, value, refused: !accepted });
  if (!accepted) raise(VECTOR.GP, 0);
  cpu.lookAgain();
}
