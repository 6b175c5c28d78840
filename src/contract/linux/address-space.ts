/** A part of the kernel's address space that nothing may touch before it is mapped. */
export interface Region {
  /** Addresses, the end not included. */
  readonly start: bigint;
  readonly end: bigint;
  readonly name: string;
  /** Functions of Linux that map it, any of which is enough. */
  readonly mappedBy: readonly string[];
}

/** Documentation/arch/x86/x86_64/mm.rst, with four levels of page tables and without KASLR of memory. */
const regions: readonly Region[] = [
  {
    start: 0xffff888000000000n,
    end: 0xffffc88000000000n,
    name: 'the direct map',
    mappedBy: ['init_mem_mapping', 'xen_setup_kernel_pagetable'],
  },
  {
    start: 0xffffc90000000000n,
    end: 0xffffe90000000000n,
    name: 'vmalloc space',
    mappedBy: ['vmalloc_init'],
  },
  {
    start: 0xffffea0000000000n,
    end: 0xffffeb0000000000n,
    name: 'the virtual memory map',
    mappedBy: ['sparse_init'],
  },
  {
    start: 0xffffec0000000000n,
    end: 0xfffffc0000000000n,
    name: "KASAN's shadow",
    mappedBy: ['kasan_early_init'],
  },
  {
    start: 0xfffffe0000000000n,
    end: 0xfffffe8000000000n,
    name: 'the CPU entry area',
    mappedBy: ['setup_cpu_entry_areas'],
  },
  {
    start: 0xffffffffff000000n,
    end: 0xffffffffff600000n,
    name: 'the fixmap',
    mappedBy: ['early_ioremap_init'],
  },
];

/** Where KASAN looks for the shadow of an address below the kernel's (CONFIG_KASAN_SHADOW_OFFSET, arch/x86/Kconfig). */
const lowShadow = { start: 0xdffffc0000000000n, end: 0xec00000000000000n } as const;

/** The part that a 64-bit address lies in; undefined elsewhere, as in the kernel's image. */
export function regionOf(address: bigint): Region | undefined {
  const shadow = regions.find(({ mappedBy }) => mappedBy.includes('kasan_early_init'));
  if (address >= lowShadow.start && address < lowShadow.end) return shadow;
  return regions.find(({ start, end }) => address >= start && address < end);
}
