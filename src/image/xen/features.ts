/**
 * Names of the XENFEAT_* bits.
 * Source: Xen xen/include/public/features.h (Linux include/xen/interface/features.h).
 */
const xenFeatures = {
  writable_page_tables: 0,
  writable_descriptor_tables: 1,
  auto_translated_physmap: 2,
  supervisor_mode_kernel: 3,
  pae_pgdir_above_4gb: 4,
  mmu_pt_update_preserve_ad: 5,
  highmem_assist: 6,
  gnttab_map_avail_bits: 7,
  hvm_callback_vector: 8,
  hvm_safe_pvclock: 9,
  hvm_pirqs: 10,
  dom0: 11,
  grant_map_identity: 12,
  memory_op_vnode_supported: 13,
  ARM_SMCCC_supported: 14,
  linux_rsdp_unrestricted: 15,
  not_direct_mapped: 16,
  direct_mapped: 17,
  runstate_phys_area: 18,
  vcpu_time_phys_area: 19,
  dm_msix_all_writes: 20,
} as const;

/** The names libelf knows when it reads a FEATURES string; all others it ignores, or refuses if required. */
const parsedByLibelf: readonly string[] = [
  'writable_page_tables',
  'writable_descriptor_tables',
  'auto_translated_physmap',
  'supervisor_mode_kernel',
  'pae_pgdir_above_4gb',
  'hvm_callback_vector',
  'dom0',
];

/** Features a kernel states, by name; a required one is also among the supported ones. */
export interface XenFeatureSet {
  readonly supported: readonly string[];
  readonly required: readonly string[];
  /** Names libelf does not know; a "!" before a required one is kept, and makes libelf refuse the kernel. */
  readonly unknown: readonly string[];
}

/**
 * The FEATURES string: names separated by "|", "!" before a required one.
 * Same rule as elf_xen_parse_features (Xen xen/common/libelf/libelf-dominfo.c).
 */
export function parseFeatures(text: string): XenFeatureSet {
  const supported: string[] = [];
  const required: string[] = [];
  const unknown: string[] = [];
  for (const item of text.split('|').filter((part) => part !== '')) {
    const name = item.replace(/^!/, '');
    if (!parsedByLibelf.includes(name)) {
      unknown.push(item);
      continue;
    }
    supported.push(name);
    if (item.startsWith('!')) required.push(name);
  }
  return { supported, required, unknown };
}

/** The SUPPORTED_FEATURES bit map (32 bits) by name; bits without a name as "bit <n>". */
export function featureNames(map: number): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    if (((map >>> bit) & 1) === 0) continue;
    names.push(Object.entries(xenFeatures).find(([, number]) => number === bit)?.[0] ?? `bit ${bit}`);
  }
  return names;
}
