import type { ConfigurationId } from './fault.js';

/** Set over `make tinyconfig`: the ways into an x86-64 kernel that Debian's have, a console each, symbols and types. */
const base = [
  '64BIT',
  'SMP',
  'NR_CPUS=2',
  'RELOCATABLE',
  'KERNEL_GZIP',
  'CC_OPTIMIZE_FOR_PERFORMANCE',
  'CPU_SUP_INTEL',
  'CPU_SUP_AMD',
  'MICROCODE',
  'HYPERVISOR_GUEST',
  'PARAVIRT',
  'KVM_GUEST',
  'ACPI',
  'PCI',
  'EFI',
  'EFI_STUB',
  'EFI_HANDOVER_PROTOCOL',
  'PVH',
  'XEN',
  'XEN_PV',
  'XEN_PV_SMP',
  'XEN_PVHVM',
  'XEN_PVHVM_GUEST',
  'XEN_PVH',
  // Without it, regions of memblock are not in .bss.
  'MEMORY_HOTPLUG',
  'BLK_DEV_INITRD',
  'BINFMT_ELF',
  'DEVTMPFS',
  'PRINTK',
  'BUG',
  'EARLY_PRINTK',
  'TTY',
  'SERIAL_8250',
  'SERIAL_8250_CONSOLE',
  'HVC_XEN',
  'HVC_XEN_FRONTEND',
  'KALLSYMS',
  'KALLSYMS_ALL',
  'BPF_SYSCALL',
  'DEBUG_KERNEL',
  'DEBUG_INFO_DWARF4',
  'DEBUG_INFO_BTF',
] as const;

/** Options by configuration, `NAME` or `NAME=value`. */
export const configurations: Readonly<Record<ConfigurationId, readonly string[]>> = {
  base,
  kasan: [...base, 'KASAN', 'KASAN_GENERIC', 'KASAN_OUTLINE'],
};

/** The same as lines of a `.config`. */
export function configText(id: ConfigurationId): string {
  return configurations[id]
    .map((option) => `CONFIG_${option.includes('=') ? option : `${option}=y`}\n`)
    .join('');
}
