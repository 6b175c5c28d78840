import type { ConfigurationId } from './fault.js';

/** Set over `make tinyconfig`: the ways into an x86-64 kernel that Debian's have, a console each, and symbols. */
const common = [
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
] as const;

/** A 32-bit kernel whose page tables have two levels, with the PVH entry. */
const pc32 = [
  '64BIT=n',
  'M686',
  'NOHIGHMEM',
  'RELOCATABLE',
  'KERNEL_GZIP',
  'HYPERVISOR_GUEST',
  'PARAVIRT',
  'PVH',
  'ACPI',
  'BLK_DEV_INITRD',
  'BINFMT_ELF',
  'PRINTK',
  'BUG',
  'EARLY_PRINTK',
  'TTY',
  'SERIAL_8250',
  'SERIAL_8250_CONSOLE',
  'KALLSYMS',
  'DEBUG_KERNEL',
  'KALLSYMS_ALL',
  'DEBUG_INFO_NONE',
] as const;

/** Options by configuration, `NAME`, `NAME=value`, or `NAME=n` for one that is off. */
export const configurations: Readonly<Record<ConfigurationId, readonly string[]>> = {
  base: [...common, 'BPF_SYSCALL', 'DEBUG_KERNEL', 'DEBUG_INFO_DWARF4', 'DEBUG_INFO_BTF'],
  // Its faults show by functions alone: without types, and what they are made of, it is built sooner.
  kasan: [
    ...common,
    'DEBUG_KERNEL',
    'DEBUG_INFO_NONE',
    'SYSFS',
    'SLUB_TINY=n',
    'KASAN',
    'KASAN_GENERIC',
    'KASAN_OUTLINE',
  ],
  pc32,
};

/** An option as a line of a `.config`. */
export function configLine(option: string): string {
  const [name, value = 'y'] = option.split('=');
  return value === 'n' ? `# CONFIG_${name} is not set` : `CONFIG_${name}=${value}`;
}

/** All of them. */
export const configText = (id: ConfigurationId): string =>
  configurations[id].map((option) => `${configLine(option)}\n`).join('');
