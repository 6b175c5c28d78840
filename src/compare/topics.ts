/** Something that a kernel must find out about where it runs, what can tell it, and where it keeps the answer. */
export interface Topic {
  readonly topic: string;
  /** Entries that tell it by being taken. */
  readonly entries?: readonly string[];
  /** "source field" of what is learned: an exact text or the beginning of one. */
  readonly tells: readonly RegExp[];
  /** What a command line has in it that says it. */
  readonly option?: RegExp;
  /** Variables it is kept in, and functions that set it, where it is kept in no variable or may be found to be nothing. */
  readonly variables: readonly string[];
  readonly functions: readonly string[];
}

/** How the command line is given (`tells` of what is learned). */
export const commandLine: readonly RegExp[] = [/^loader command line$/, /^start_info cmd_line$/];

/** What differs most between boot paths (Linux arch/x86, 5.10 to 6.12). */
export const topics: readonly Topic[] = [
  {
    topic: 'hypervisor type',
    entries: ['xen-pv'],
    tells: [/^cpuid 0x40000000/],
    variables: ['xen_domain_type', 'x86_hyper_type'],
    // Finds none on a bare PC.
    functions: ['init_hypervisor_platform'],
  },
  {
    topic: 'memory map',
    tells: [
      /^boot_params e820_(entries|table)$/,
      /^hvm_memmap_table_entry /,
      /^hypercall memory_op (memory_map|machine_memory_map)/,
    ],
    variables: ['e820_table_init'],
    functions: ['e820__memory_setup', 'setup_memory_map'],
  },
  {
    topic: 'command line',
    tells: commandLine,
    variables: ['boot_command_line'],
    functions: ['copy_bootdata'],
  },
  {
    topic: 'RSDP',
    // Whoever scans memory for something else, as reserve_ibft_region() does, reads the beginning of every 16 bytes only.
    tells: [
      /^boot_params acpi_rsdp_addr$/,
      /^hvm_start_info rsdp_paddr$/,
      /^RSDP (checksum|oemId|revision|length|xsdtAddress)$/,
    ],
    variables: [],
    functions: ['acpi_tb_parse_root_table'],
  },
  {
    topic: 'console',
    // Documentation/admin-guide/kernel-parameters.txt
    option: /(^| )(console|earlyprintk|earlycon)(=| |$)/,
    tells: [/^start_info console_mfn$/, /^xencons_interface /, /^port 0x3[ef]8/, /^hypercall console_io /],
    variables: ['console_list', 'console_drivers'],
    functions: ['register_console'],
  },
  {
    topic: 'clock',
    tells: [
      /^cpuid 0x(15|16)$/,
      /^cpuid 0x4000000(3\/[012]|1|10)$/,
      /^shared_info (vcpu_info|wc_)/,
      /^msr 0x4b564d01/,
      /^port 0x4[0-3]/,
    ],
    variables: ['tsc_khz'],
    functions: ['tsc_init', 'tsc_early_init'],
  },
];
