import { type Starter, starters } from './starter.js';

/** A function, or what is inlined everywhere, that must have run before paths meet or by the end of common code. */
export interface Initialiser {
  readonly name: string;
  /** Names it had in other releases. */
  readonly formerly?: readonly string[];
  /** Paths on which it must run, if the kernel has it; `xen` tells those on Xen apart. */
  readonly required: readonly Starter[];
  /** Only on this platform. */
  readonly platform?: string;
  readonly before: 'start_kernel' | 'rest_init';
  /** First release in which a starter has it: major, minor. */
  readonly since?: Partial<Readonly<Record<Starter, readonly [number, number]>>>;
  /** A path that leaves it out on purpose, and why: no difference to speak of. */
  readonly byDesign?: Partial<Readonly<Record<Starter, string>>>;
  /** What it keeps of a register, where it is inlined: that is 0 or all ones where it did not run (`RecordedState.kept`). */
  readonly keeps?: { readonly variable: string; readonly register: string };
  /** What happens without it, as the end of a sentence. */
  readonly breaks: string;
  /** Where it is called: file and function. */
  readonly source: string;
}

const native: readonly Starter[] = ['native', 'pvh'];
const pv: readonly Starter[] = ['xen-pv'];
const all = starters;

const startKernel = 'arch/x86/kernel/head64.c, x86_64_start_kernel';
const xenStart = 'arch/x86/xen/enlighten_pv.c, xen_start_kernel';
const setupArch = 'arch/x86/kernel/setup.c, setup_arch';
const main = 'init/main.c, start_kernel';

/** Each starter's in the order in which it calls them. */
export const initialisers: readonly Initialiser[] = [
  {
    name: 'xen_prepare_pvh',
    required: ['pvh'],
    before: 'start_kernel',
    breaks: 'boot_params has nothing of the start info',
    source: 'arch/x86/platform/pvh/head.S, pvh_start_xen',
  },
  {
    name: 'xen_pvh_init',
    required: ['pvh'],
    platform: 'xen-pvh',
    before: 'start_kernel',
    breaks: 'the kernel does not know that it is a guest of Xen',
    source: 'arch/x86/platform/pvh/enlighten.c, hypervisor_specific_init',
  },
  {
    name: '__startup_64',
    required: native,
    before: 'start_kernel',
    byDesign: { 'xen-pv': 'Xen has made the page tables' },
    breaks: 'the early page tables map the kernel where it was linked, not where it lies',
    source: 'arch/x86/kernel/head_64.S, startup_64',
  },
  {
    name: 'early_setup_idt',
    required: native,
    before: 'start_kernel',
    byDesign: { 'xen-pv': 'Xen takes exceptions' },
    breaks: 'there is no handler of early exceptions',
    source: 'arch/x86/kernel/head_64.S, common_startup_64',
  },
  {
    name: 'cr4_init_shadow',
    required: all,
    before: 'start_kernel',
    keeps: { variable: 'cpu_tlbstate.cr4', register: 'cr4' },
    breaks: 'the kernel takes all of CR4 for clear, or for set, and loses it at its next change',
    source: `${startKernel} and ${xenStart}`,
  },
  {
    name: 'reset_early_page_tables',
    required: native,
    before: 'start_kernel',
    byDesign: { 'xen-pv': 'Xen has made the page tables' },
    breaks: 'the identity mapping stays, and a stray pointer near zero is not noticed',
    source: startKernel,
  },
  {
    name: 'clear_bss',
    required: all,
    before: 'start_kernel',
    since: { 'xen-pv': [5, 19] },
    breaks: 'variables in .bss and .brk begin with what a loader left there',
    source: `${startKernel} and ${xenStart}`,
  },
  {
    name: 'sme_early_init',
    required: native,
    before: 'start_kernel',
    byDesign: { 'xen-pv': "memory encryption is the hypervisor's" },
    breaks: 'page tables lack the encryption mask',
    source: startKernel,
  },
  {
    name: 'kasan_early_init',
    required: all,
    before: 'start_kernel',
    breaks: 'the first instrumented access finds no shadow',
    source: startKernel,
  },
  {
    name: 'xen_setup_features',
    required: pv,
    before: 'start_kernel',
    breaks: 'no feature of the hypervisor is known',
    source: xenStart,
  },
  {
    name: 'xen_init_irq_ops',
    required: pv,
    before: 'start_kernel',
    breaks: 'interrupts are switched by instructions that a guest must not use',
    source: xenStart,
  },
  {
    name: 'xen_vcpu_info_reset',
    required: pv,
    before: 'start_kernel',
    breaks: 'the vCPU has no place for its event channels',
    source: xenStart,
  },
  {
    name: 'xen_setup_machphys_mapping',
    required: pv,
    before: 'start_kernel',
    breaks: 'machine addresses cannot be translated back',
    source: xenStart,
  },
  {
    name: 'xen_init_mmu_ops',
    required: pv,
    before: 'start_kernel',
    breaks: 'page tables are written as on bare hardware',
    source: xenStart,
  },
  {
    name: 'xen_build_dynamic_phys_to_machine',
    required: pv,
    before: 'start_kernel',
    breaks: 'pseudo-physical addresses cannot be translated',
    source: xenStart,
  },
  {
    name: 'get_cpu_cap',
    required: pv,
    before: 'start_kernel',
    breaks: 'no feature of the processor is known to what comes next',
    source: xenStart,
  },
  {
    name: 'x86_configure_nx',
    required: pv,
    before: 'start_kernel',
    breaks: 'page tables are built without NX, or with it where there is none',
    source: xenStart,
  },
  {
    name: 'switch_gdt_and_percpu_base',
    formerly: ['switch_to_new_gdt'],
    required: pv,
    before: 'start_kernel',
    breaks: "per-CPU variables and the stack protector's canary lie elsewhere",
    source: `${xenStart}, xen_setup_gdt`,
  },
  {
    name: 'idt_setup_early_handler',
    required: all,
    before: 'start_kernel',
    breaks: 'an early exception, as of an MSR that is not there, ends the boot instead of being fixed up',
    source: `${startKernel} and ${xenStart}`,
  },
  {
    name: 'tdx_early_init',
    required: native,
    before: 'start_kernel',
    byDesign: { 'xen-pv': 'no PV guest runs in a trust domain' },
    breaks: 'a guest of TDX does not know what it is',
    source: startKernel,
  },
  {
    name: 'copy_bootdata',
    required: native,
    before: 'start_kernel',
    breaks: 'boot_params and command line are empty',
    source: startKernel,
  },
  {
    name: 'load_ucode_bsp',
    required: native,
    before: 'start_kernel',
    byDesign: { 'xen-pv': "microcode is the hypervisor's" },
    breaks: 'the processor runs without its microcode update until late',
    source: startKernel,
  },
  {
    name: 'xen_init_apic',
    required: pv,
    before: 'start_kernel',
    breaks: 'the local APIC is accessed, which a PV guest does not have',
    source: xenStart,
  },
  {
    name: 'xen_smp_init',
    required: pv,
    before: 'start_kernel',
    breaks: 'other processors are started as on bare hardware',
    source: xenStart,
  },
  {
    name: 'xen_setup_kernel_pagetable',
    required: pv,
    before: 'start_kernel',
    breaks: "the kernel goes on with the page tables of Xen's builder, without its own",
    source: xenStart,
  },
  {
    name: 'xen_reserve_special_pages',
    required: pv,
    before: 'start_kernel',
    breaks: 'start info, console and store pages are given away as free memory',
    source: xenStart,
  },
  {
    name: 'x86_64_start_reservations',
    required: all,
    before: 'start_kernel',
    breaks: 'boot_params is not looked at',
    source: `${startKernel} and ${xenStart}`,
  },
  {
    name: 'x86_early_init_platform_quirks',
    required: all,
    before: 'start_kernel',
    breaks: 'legacy devices are looked for where there are none',
    source: 'arch/x86/kernel/head64.c, x86_64_start_reservations',
  },
  ...common(main, {
    setup_arch: 'nothing of the architecture is set up',
    jump_label_init: 'no static key can be switched',
  }),
  ...common(setupArch, {
    early_cpu_init: "the processor's features are not known",
    early_ioremap_init: 'nothing can be mapped early',
    e820__memory_setup: 'there is no memory map',
    parse_early_param: 'early options of the command line are ignored',
    e820__memblock_setup: 'memblock knows of no memory',
    init_mem_mapping: 'memory is not mapped',
    init_hypervisor_platform: 'the hypervisor is not known',
    tsc_early_init: 'there is no early clock',
    early_acpi_boot_init: 'ACPI does not say where processors and interrupts are',
  }),
  {
    name: 'topology_register_boot_apic',
    required: all,
    before: 'rest_init',
    breaks: 'the boot processor is taken for another one, which is never started',
    source: 'arch/x86/kernel/apic/apic.c, apic_read_boot_cpu_id; arch/x86/xen/smp_pv.c, xen_pv_smp_config',
  },
  ...common(main, {
    setup_per_cpu_areas: 'processors share their per-CPU variables',
    trap_init: 'exceptions have no handlers',
  }),
  ...common('mm/mm_init.c, mm_core_init', {
    kmem_cache_init: 'there is no slab allocator',
    vmalloc_init: 'vmalloc space has no free addresses',
  }),
  ...common(main, {
    sched_init: 'there are no run queues',
    workqueue_init_early: 'there are no workqueues',
    rcu_init: 'RCU never ends a grace period',
    early_irq_init: 'there are no descriptors of interrupts',
    init_IRQ: 'interrupts have no handlers',
    init_timers: 'no timer ever fires',
    timekeeping_init: 'there is no time',
    time_init: 'there is no timer interrupt',
  }),
];

/** What every path runs in common code. */
function common(source: string, each: Readonly<Record<string, string>>): Initialiser[] {
  return Object.entries(each).map(([name, breaks]) => ({
    name,
    required: all,
    before: 'rest_init',
    breaks,
    source,
  }));
}

/** What an initialiser is called in one release or another. */
export const namesOf = ({ name, formerly = [] }: Initialiser): readonly string[] => [name, ...formerly];

/** Of all of them. */
export const initialiserNames: ReadonlySet<string> = new Set(initialisers.flatMap(namesOf));
