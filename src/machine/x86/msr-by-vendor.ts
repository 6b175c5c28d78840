import { familyOf } from './cpuid.js';
import { fixed, type MsrRegister, readOnly, stored, writeOnly } from './msr-register.js';
import { eventSelect, performanceCounter } from './performance-registers.js';
import type { Vendor } from './vendor.js';

/**
 * Model-specific registers that every processor of one vendor's family has, and that kernels, hypervisors or firmware
 * touch without a net. Features behind them idle, but for the performance counters: nothing is sampled or traced.
 */

/** Registers beginning at `first`. */
interface Row {
  readonly first: number;
  readonly count?: number;
  readonly register: (index: number) => MsrRegister;
  /** Where it is described, and who relies on it. */
  readonly source: string;
}

const kept = (index: number): MsrRegister => stored(index);
const zero = (): MsrRegister => fixed(0n);
/** There from a family on. */
const since =
  (family: number, initial = 0n) =>
  (index: number): MsrRegister => {
    const { read, write } = stored(index, initial);
    return {
      read: (cpu) => (familyOf(cpu.outside.cpuid) >= family ? read(cpu) : undefined),
      write: (cpu, value) => familyOf(cpu.outside.cpuid) >= family && write(cpu, value),
    };
  };
const constant = (): MsrRegister => readOnly(0n);

/** Family 6 from Nehalem on, as far as the models agree (Intel SDM vol. 4, tables 2-2, 2-15 and 2-20). */
const intel: readonly Row[] = [
  { first: 0x17, register: constant, source: 'IA32_PLATFORM_ID; microcode loaders of Linux and Xen' },
  { first: 0x2a, register: zero, source: 'MSR_EBL_CR_POWERON; family 6 since the Pentium Pro' },
  { first: 0x34, register: constant, source: 'MSR_SMI_COUNT' },
  { first: 0x35, register: () => readOnly(0x10001n), source: 'MSR_CORE_THREAD_COUNT: one core, one thread' },
  // Locked, and no VMX to unlock.
  { first: 0x3a, register: () => readOnly(1n), source: 'IA32_FEATURE_CONTROL' },
  {
    first: 0x79,
    register: () => writeOnly,
    source: 'IA32_BIOS_UPDT_TRIG; the update is not for this processor',
  },
  {
    first: 0xc1,
    count: 4,
    // They take 32 bits, sign-extended (Intel SDM vol. 3, §20.2.5).
    register: (index) => performanceCounter(index - 0xc1, (value) => BigInt.asIntN(32, value)),
    source: 'IA32_PMC0–3; Xen setup_p6_watchdog',
  },
  {
    first: 0x186,
    count: 4,
    register: (index) => eventSelect(index - 0x186, index),
    source: 'IA32_PERFEVTSEL0–3; Xen setup_p6_watchdog',
  },
  { first: 0x198, register: constant, source: 'IA32_PERF_STATUS; Xen guest_rdmsr on unguarded reads of it' },
  { first: 0x199, register: kept, source: 'IA32_PERF_CTL; the same' },
  { first: 0x19c, register: kept, source: 'IA32_THERM_STATUS; the same' },
  {
    first: 0x1a0,
    // Fast strings; there are performance counters, and neither branch trace store nor PEBS.
    register: (index) => stored(index, 0x1881n),
    source: 'IA32_MISC_ENABLE; Linux early_init_intel, Xen setup_apic_nmi_watchdog',
  },
  { first: 0x1c8, register: kept, source: 'MSR_LBR_SELECT' },
  { first: 0x1c9, register: constant, source: 'MSR_LASTBRANCH_TOS' },
  { first: 0x1dd, count: 2, register: constant, source: 'MSR_LER_FROM_LIP, MSR_LER_TO_LIP' },
];

/** Family fh and later, as far as they agree (AMD APM vol. 2, appendix A; BKDG of family 0fh, chapter 14). */
const amd: readonly Row[] = [
  { first: 0x1db, count: 4, register: constant, source: 'LastBranchFromIP … LastIntToIP (APM §13.1.1.6)' },
  {
    first: 0xc0010000,
    count: 4,
    register: (index) => eventSelect(index - 0xc0010000, index),
    source: 'PerfEvtSel0–3 (APM §13.2); Linux amd_pmu, Xen setup_k7_watchdog',
  },
  {
    first: 0xc0010004,
    count: 4,
    register: (index) => performanceCounter(index - 0xc0010004, (value) => value),
    source: 'PerfCtr0–3; Xen 4.20 writes them when it starts',
  },
  { first: 0xc0010010, register: kept, source: 'SYSCFG; Linux amd_special_default_mtrr' },
  { first: 0xc0010015, register: kept, source: 'HWCR; Linux init_amd, Xen init_amd' },
  { first: 0xc0010016, count: 4, register: kept, source: 'IORRBase0, IORRMask0, IORRBase1, IORRMask1' },
  { first: 0xc001001a, register: kept, source: 'TOP_MEM; Linux early_fill_mp_bus_info' },
  {
    first: 0xc001001d,
    register: kept,
    source: 'TOP_MEM2; Linux mtrr_trim_uncached_memory, under SYSCFG[21]',
  },
  { first: 0xc001001f, register: kept, source: 'NB_CFG; Linux and Xen for extended configuration space' },
  {
    first: 0xc0010020,
    register: () => writeOnly,
    source: 'PATCH_LOADER; the update is not for this processor',
  },
  {
    first: 0xc0010055,
    register: kept,
    source: 'Interrupt Pending and CMP-Halt; Linux amd_e400_c1e_apic_setup',
  },
  { first: 0xc0010111, count: 3, register: kept, source: 'SMM_BASE, SMM_ADDR, SMM_MASK; Linux bsp_init_amd' },
  { first: 0xc0011020, register: since(0x10), source: 'LS_CFG; Xen init_amd on family 16h' },
  { first: 0xc0011022, register: kept, source: 'DC_CFG; Xen init_amd' },
  { first: 0xc0011023, register: kept, source: 'BU_CFG; Linux and Xen for errata of its TLB' },
  { first: 0xc0011028, register: since(0x15), source: 'FP_CFG; Xen 4.20 init_amd on family 17h' },
  { first: 0xc001102a, register: since(0x10), source: 'BU_CFG2; Xen init_amd on family 10h' },
  // Bit 1: LFENCE is serializing, as every instruction is here.
  { first: 0xc0011029, register: (index) => stored(index, 2n), source: 'DE_CFG; Linux and Xen init_amd' },
];

const rows: Readonly<Record<Vendor, readonly Row[]>> = { amd, intel };

function byIndex(table: readonly Row[]): ReadonlyMap<number, MsrRegister> {
  const registers = new Map<number, MsrRegister>();
  for (const { first, count = 1, register } of table)
    for (let index = first; index < first + count; index++) registers.set(index, register(index));
  return registers;
}

/** The registers that only one vendor's processors have. */
export const vendorMsrs: Readonly<Record<Vendor, ReadonlyMap<number, MsrRegister>>> = {
  amd: byIndex(rows.amd),
  intel: byIndex(rows.intel),
};
