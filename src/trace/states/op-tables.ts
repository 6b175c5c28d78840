/** A table of operations that Linux fills by what it runs on: its symbol and the type of that. */
export interface OpTable {
  readonly symbol: string;
  readonly struct: string;
}

/** Those of x86 (arch/x86/include/asm/paravirt_types.h, x86_init.h, smp.h). */
export const opTables: readonly OpTable[] = [
  { symbol: 'pv_ops', struct: 'paravirt_patch_template' },
  { symbol: 'x86_init', struct: 'x86_init_ops' },
  { symbol: 'x86_platform', struct: 'x86_platform_ops' },
  { symbol: 'x86_cpuinit', struct: 'x86_cpuinit_ops' },
  { symbol: 'x86_apic_ops', struct: 'x86_apic_ops' },
  { symbol: 'smp_ops', struct: 'smp_ops' },
];

/** What says which hypervisor there is, as a name of an enumeration; shown as the table `x86_hyper`. */
export const typeVariables: readonly { readonly symbol: string; readonly enumeration: string }[] = [
  { symbol: 'x86_hyper_type', enumeration: 'x86_hypervisor_type' },
  { symbol: 'xen_domain_type', enumeration: 'xen_domain_type' },
];

export const hypervisorTable = 'x86_hyper';
