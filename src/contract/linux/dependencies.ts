/** An order that Linux x86 relies on and nothing in its source enforces. */
export interface Dependency {
  /** Functions that need what another one sets up; their own names, without a compiler's suffix. */
  readonly functions: RegExp;
  /** The function that must have been entered before. */
  readonly after: string;
  /** What happens otherwise, as the end of a sentence. */
  readonly breaks: string;
  /** Where that is to be seen: file and function. */
  readonly source: string;
}

/** Not a list of all orders but of those whose breach is a fault on every platform. */
export const dependencies: readonly Dependency[] = [
  {
    functions:
      /^(__)?early_(ioremap|memremap)(_ro|_prot)?$|^dmi_(setup|scan_machine)$|^acpi_boot_table_init$/,
    after: 'early_ioremap_init',
    breaks: 'its slots have no addresses yet, and what it maps is not there',
    source: 'arch/x86/mm/ioremap.c, early_ioremap_init; mm/early_ioremap.c, slot_virt',
  },
  {
    functions: /^__asan_(load|store)(\d+|N)(_noabort)?$|^kasan_check_range$|^__asan_(memset|memcpy|memmove)$/,
    after: 'kasan_early_init',
    breaks: 'the shadow that it reads is not mapped',
    source: 'arch/x86/mm/kasan_init_64.c, kasan_early_init',
  },
  {
    functions: /^kasan_early_init$/,
    after: 'clear_bss',
    breaks: 'its page tables, which lie in .bss, are wiped',
    source: 'arch/x86/kernel/head64.c, x86_64_start_kernel',
  },
  {
    functions: /^load_ucode_bsp$/,
    after: 'copy_bootdata',
    breaks: 'it finds neither command line nor initrd in boot_params',
    source: 'arch/x86/kernel/head64.c, x86_64_start_kernel',
  },
  {
    functions: /^copy_bootdata$/,
    after: 'idt_setup_early_handler',
    breaks: 'a page fault on what the loader left has no handler',
    source: 'arch/x86/kernel/head64.c, x86_64_start_kernel and do_early_exception',
  },
  {
    functions: /^e820__memory_setup(_default|_extended)?$|^parse_setup_data$/,
    after: 'copy_bootdata',
    breaks: 'boot_params is still empty',
    source: 'arch/x86/kernel/setup.c, setup_arch',
  },
  {
    functions: /^parse_early_param$/,
    after: 'jump_label_init',
    breaks: 'an option that switches a static key finds none of its places',
    source: 'arch/x86/kernel/setup.c, setup_arch; include/linux/jump_label.h, STATIC_KEY_CHECK_USE',
  },
  {
    functions: /^memblock_(phys_alloc_\w+|alloc_\w+)$/,
    after: 'memblock_add',
    breaks: 'memblock knows no memory to give',
    source: 'mm/memblock.c, memblock_alloc_range_nid',
  },
  {
    functions: /^(__)?kmalloc(_\w+)?$|^kmem_cache_(alloc|create)(_\w+)?$/,
    after: 'kmem_cache_init',
    breaks: 'there are no caches to take memory from',
    source: 'mm/slub.c, kmem_cache_init',
  },
  {
    functions: /^pcpu_alloc(_noprof)?$/,
    after: 'setup_per_cpu_areas',
    breaks: 'there is no first chunk of per-CPU memory',
    source: 'arch/x86/kernel/setup_percpu.c, setup_per_cpu_areas',
  },
  {
    functions: /^(__)?vmalloc(_\w+)?$|^ioremap(_\w+)?$|^__ioremap_caller$/,
    after: 'vmalloc_init',
    breaks: 'vmalloc space has no free addresses',
    source: 'mm/vmalloc.c, vmalloc_init',
  },
  {
    functions: /^(request_threaded_irq|__setup_irq|irq_set_chip_and_handler_name)$/,
    after: 'early_irq_init',
    breaks: 'there are no descriptors of interrupts',
    source: 'kernel/irq/irqdesc.c, early_irq_init',
  },
  {
    functions: /^(kthread_create_on_node|wake_up_process|kernel_thread)$/,
    after: 'sched_init',
    breaks: 'there are no run queues',
    source: 'kernel/sched/core.c, sched_init',
  },
  {
    functions: /^(queue_work_on|alloc_workqueue(_noprof)?)$/,
    after: 'workqueue_init_early',
    breaks: 'there are no workqueues',
    source: 'kernel/workqueue.c, workqueue_init_early',
  },
];
