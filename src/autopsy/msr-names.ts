import { MSR } from '../abi/x86/msr.js';

/** Registers that kernels try and this processor does not have (Intel SDM vol. 4; AMD's manuals; hypervisors' own). */
const others: Readonly<Record<number, string>> = {
  0x33: 'TEST_CTRL',
  0x48: 'SPEC_CTRL',
  0x49: 'PRED_CMD',
  0xce: 'PLATFORM_INFO',
  0x10a: 'ARCH_CAPABILITIES',
  0x10b: 'FLUSH_CMD',
  0x122: 'TSX_CTRL',
  0x123: 'MCU_OPT_CTRL',
  0x140: 'MISC_FEATURES_ENABLES',
  0xda0: 'XSS',
};

const nameOf = new Map<number, string>([
  ...Object.entries(others).map(([index, name]): [number, string] => [Number(index), name]),
  ...Object.entries(MSR).map(([name, index]): [number, string] => [index, name]),
]);

/** A name for a model-specific register, where it is a well-known one. */
export function msrName(index: number): string | undefined {
  const known = nameOf.get(index);
  if (known) return known;
  if (index >= 0x200 && index < 0x210)
    return `MTRR_PHYS${index & 1 ? 'MASK' : 'BASE'}${(index - 0x200) >> 1}`;
  if (index >= 0x250 && index <= 0x26f) return 'MTRR_FIX';
  if (index >= 0x400 && index < 0x480)
    return `MC${(index - 0x400) >> 2}_${['CTL', 'STATUS', 'ADDR', 'MISC'][index & 3]}`;
  if (index >= 0x800 && index < 0x900) return 'X2APIC';
  if (index >= 0x4b564d00 && index < 0x4b564e00) return 'KVM';
  if (index >= 0x40000000 && index < 0x40010000) return 'HYPERVISOR';
  return undefined;
}
