import { MSR } from '../../../abi/x86/msr.js';
import type { Cpu } from '../../../machine/x86/cpu.js';
import { familyOf } from '../../../machine/x86/cpuid.js';
import { readMsr } from '../../../machine/x86/msr.js';
import type { Vendor } from '../../../machine/x86/vendor.js';

/**
 * Model-specific registers behind which a paravirtual domU has nothing: Xen answers reads, and drops writes or refuses them (Xen
 * 4.17 arch/x86/msr.c, guest_rdmsr and guest_wrmsr; arch/x86/pv/emul-priv-op.c, read_msr and write_msr; arch/x86/cpu/mcheck/vmce.c).
 */
interface AnsweredMsr {
  readonly first: number;
  readonly last?: number;
  /** On processors of one vendor. */
  readonly vendor?: Vendor;
  readonly when?: (cpu: Cpu) => boolean;
  /** What is read; absent: #GP. */
  readonly read?: bigint;
  /** Absent: #GP. `zero`: 0 alone may be written. */
  readonly write?: 'dropped' | 'zero';
}

const nothing = { read: 0n, write: 'dropped' } as const;
/** Banks of machine checks that a guest has (GUEST_MC_BANK_NUM). */
const BANKS = 2n;
const MCG_SER_P = 1n << 24n;
const MCG_TES_P = 1n << 11n;
const MCG_CMCI_P = 1n << 10n;
const ONES = 0xffffffffffffffffn;

const family = ({ outside }: Cpu): number => familyOf(outside.cpuid);

const rows: readonly AnsweredMsr[] = [
  // IA32_P5_MC_ADDR, IA32_P5_MC_TYPE.
  { first: 0, last: 1, read: 0n },
  { first: MSR.PLATFORM_ID, vendor: 'intel', read: 0n },
  // IA32_FEATURE_CONTROL, locked.
  { first: 0x3a, vendor: 'intel', read: 1n },
  { first: MSR.MICROCODE_LEVEL, vendor: 'intel', read: 0n, write: 'zero' },
  { first: MSR.MICROCODE_LEVEL, vendor: 'amd', read: 0n },
  // MSR_PLATFORM_INFO, MISC_FEATURES_ENABLES: no CPUID faulting.
  { first: 0xce, read: 0n },
  { first: 0x140, read: 0n, write: 'zero' },
  { first: MSR.MCG_CAP, vendor: 'amd', read: BANKS, write: 'dropped' },
  {
    first: MSR.MCG_CAP,
    vendor: 'intel',
    read: BANKS | MCG_SER_P | MCG_TES_P | MCG_CMCI_P,
    write: 'dropped',
  },
  { first: MSR.MCG_STATUS, last: MSR.MCG_CTL, ...nothing },
  // IA32_MC0_CTL, IA32_MC1_CTL: everything is reported; nothing ever happens.
  { first: 0x400, read: ONES, write: 'dropped' },
  { first: 0x404, read: ONES, write: 'dropped' },
  { first: 0x400, last: 0x47f, ...nothing },
  { first: 0x280, last: 0x29f, ...nothing },
  // IA32_MPERF, IA32_APERF.
  { first: 0xe7, last: 0xe8, write: 'dropped' },
  // IA32_PERF_STATUS, IA32_PERF_CTL, IA32_CLOCK_MODULATION, IA32_THERM_STATUS, IA32_ENERGY_PERF_BIAS.
  { first: 0x198, vendor: 'intel', read: 0n },
  { first: 0x199, vendor: 'intel', ...nothing },
  { first: 0x19a, vendor: 'intel', write: 'dropped' },
  { first: 0x19c, vendor: 'intel', read: 0n },
  { first: 0x1b0, vendor: 'intel', write: 'dropped' },
  // IA32_PERF_CAPABILITIES, and performance counters without a virtual PMU.
  { first: 0x345, read: 0n },
  { first: 0xc1, last: 0xc8, vendor: 'intel', ...nothing },
  { first: 0x186, last: 0x189, vendor: 'intel', ...nothing },
  { first: 0x309, last: 0x30b, vendor: 'intel', ...nothing },
  { first: 0x38d, last: 0x390, vendor: 'intel', ...nothing },
  { first: 0xc0010000, last: 0xc0010007, vendor: 'amd', ...nothing },
  { first: 0xc0010200, last: 0xc001020b, vendor: 'amd', ...nothing },
  // HWCR; NB_CFG, whatever the vendor; FIDVID_CTL, FIDVID_STATUS; P-states; DE_CFG: LFENCE is serializing.
  { first: 0xc0010015, vendor: 'amd', ...nothing },
  { first: 0xc001001f, ...nothing },
  { first: 0xc0010041, last: 0xc0010042, vendor: 'amd', ...nothing },
  {
    first: 0xc0010058,
    vendor: 'amd',
    when: (cpu) => family(cpu) >= 0x10 && family(cpu) < 0x17,
    ...nothing,
  },
  { first: 0xc0010061, last: 0xc001006b, vendor: 'amd', ...nothing },
  { first: 0xc0011029, vendor: 'amd', read: 2n, write: 'dropped' },
];

function answered(cpu: Cpu, index: number): AnsweredMsr | undefined {
  return rows.find(
    ({ first, last = first, vendor = cpu.vendor, when }) =>
      index >= first && index <= last && vendor === cpu.vendor && (when === undefined || when(cpu)),
  );
}

/** What Xen answers for the register; undefined: #GP. */
export function readAnswered(cpu: Cpu, index: number): bigint | undefined {
  return answered(cpu, index)?.read;
}

/** Whether Xen lets a write pass. */
export function writeAnswered(cpu: Cpu, index: number, value: bigint): boolean {
  const write = answered(cpu, index)?.write;
  return write === 'dropped' || (write === 'zero' && value === 0n);
}

/** A guest that has no handler of #GP yet reads 0 from what the machine has (read_msr, "faking RDMSR"). */
export function fakes(cpu: Cpu, index: number): boolean {
  return index >>> 16 !== 0x4000 && readMsr(cpu, index) !== undefined;
}
