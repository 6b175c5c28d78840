/**
 * Members of x86's tables of operations, by the initialisers in Linux 6.12.117 (Debian's linux-source-6.12) as Debian's cloud kernel is configured:
 * what the image has (arch/x86/kernel/paravirt.c, x86_init.c, smp.c), and what Xen PV has at `start_kernel` where that is another one
 * (arch/x86/xen/enlighten_pv.c, irq.c, mmu_pv.c, smp_pv.c, apic.c). `-` is none; what is not here is none on both. Macros are followed: `paravirt_nop` is
 * `nop_func`, `PTE_IDENT` is `_paravirt_ident_64`, `PV_CALLEE_SAVE(f)` is `__raw_callee_save_f`, `native_pagetable_init` is `paging_init`, and without
 * CONFIG_X86_MPPARSE the mptable's functions are `x86_init_noop` (asm/paravirt_types.h, pgtable_types.h, mpspec.h, pci_x86.h).
 */
export const opsOfSource: Readonly<Record<string, string>> = {
  pv_ops: `
    cpu.io_delay native_io_delay xen_io_delay
    cpu.cpuid native_cpuid xen_cpuid
    cpu.get_debugreg pv_native_get_debugreg xen_get_debugreg
    cpu.set_debugreg pv_native_set_debugreg xen_set_debugreg
    cpu.read_cr0 native_read_cr0 xen_read_cr0
    cpu.write_cr0 native_write_cr0 xen_write_cr0
    cpu.write_cr4 native_write_cr4 xen_write_cr4
    cpu.wbinvd pv_native_wbinvd
    cpu.read_msr native_read_msr xen_read_msr
    cpu.write_msr native_write_msr xen_write_msr
    cpu.read_msr_safe native_read_msr_safe xen_read_msr_safe
    cpu.write_msr_safe native_write_msr_safe xen_write_msr_safe
    cpu.read_pmc native_read_pmc xen_read_pmc
    cpu.load_tr_desc native_load_tr_desc nop_func
    cpu.set_ldt native_set_ldt xen_set_ldt
    cpu.load_gdt native_load_gdt xen_load_gdt
    cpu.load_idt native_load_idt xen_load_idt
    cpu.store_tr native_store_tr xen_store_tr
    cpu.load_tls native_load_tls xen_load_tls
    cpu.load_gs_index native_load_gs_index xen_load_gs_index
    cpu.write_ldt_entry native_write_ldt_entry xen_write_ldt_entry
    cpu.write_gdt_entry native_write_gdt_entry xen_write_gdt_entry
    cpu.write_idt_entry native_write_idt_entry xen_write_idt_entry
    cpu.alloc_ldt nop_func xen_alloc_ldt
    cpu.free_ldt nop_func xen_free_ldt
    cpu.load_sp0 native_load_sp0 xen_load_sp0
    cpu.invalidate_io_bitmap native_tss_invalidate_io_bitmap xen_invalidate_io_bitmap
    cpu.update_io_bitmap native_tss_update_io_bitmap xen_update_io_bitmap
    cpu.start_context_switch nop_func xen_start_context_switch
    cpu.end_context_switch nop_func xen_end_context_switch
    irq.save_fl pv_native_save_fl paravirt_ret0
    irq.irq_disable pv_native_irq_disable nop_func
    irq.irq_enable pv_native_irq_enable BUG_func
    irq.safe_halt pv_native_safe_halt xen_safe_halt
    irq.halt native_halt xen_halt
    mmu.flush_tlb_user native_flush_tlb_local xen_flush_tlb
    mmu.flush_tlb_kernel native_flush_tlb_global xen_flush_tlb
    mmu.flush_tlb_one_user native_flush_tlb_one_user xen_flush_tlb_one_user
    mmu.flush_tlb_multi native_flush_tlb_multi xen_flush_tlb_multi
    mmu.tlb_remove_table native_tlb_remove_table tlb_remove_table
    mmu.exit_mmap nop_func xen_exit_mmap
    mmu.notify_page_enc_status_changed nop_func -
    mmu.read_cr2 pv_native_read_cr2 xen_read_cr2
    mmu.write_cr2 pv_native_write_cr2 xen_write_cr2
    mmu.read_cr3 __native_read_cr3 xen_read_cr3
    mmu.write_cr3 native_write_cr3 xen_write_cr3_init
    mmu.pgd_alloc __paravirt_pgd_alloc xen_pgd_alloc
    mmu.pgd_free nop_func xen_pgd_free
    mmu.alloc_pte nop_func xen_alloc_pte_init
    mmu.alloc_pmd nop_func xen_alloc_pmd_init
    mmu.alloc_pud nop_func xen_alloc_pmd_init
    mmu.alloc_p4d nop_func -
    mmu.release_pte nop_func xen_release_pte_init
    mmu.release_pmd nop_func xen_release_pmd_init
    mmu.release_pud nop_func xen_release_pmd_init
    mmu.release_p4d nop_func -
    mmu.set_pte native_set_pte xen_set_pte_init
    mmu.set_pmd native_set_pmd xen_set_pmd_hyper
    mmu.ptep_modify_prot_start __ptep_modify_prot_start xen_ptep_modify_prot_start
    mmu.ptep_modify_prot_commit __ptep_modify_prot_commit xen_ptep_modify_prot_commit
    mmu.set_pud native_set_pud xen_set_pud_hyper
    mmu.pmd_val _paravirt_ident_64 __raw_callee_save_xen_pmd_val
    mmu.make_pmd _paravirt_ident_64 __raw_callee_save_xen_make_pmd
    mmu.pud_val _paravirt_ident_64 __raw_callee_save_xen_pud_val
    mmu.make_pud _paravirt_ident_64 __raw_callee_save_xen_make_pud
    mmu.set_p4d native_set_p4d xen_set_p4d_hyper
    mmu.p4d_val _paravirt_ident_64 __raw_callee_save_xen_p4d_val
    mmu.make_p4d _paravirt_ident_64 __raw_callee_save_xen_make_p4d
    mmu.set_pgd native_set_pgd -
    mmu.pte_val _paravirt_ident_64 __raw_callee_save_xen_pte_val
    mmu.pgd_val _paravirt_ident_64 __raw_callee_save_xen_pgd_val
    mmu.make_pte _paravirt_ident_64 __raw_callee_save_xen_make_pte_init
    mmu.make_pgd _paravirt_ident_64 __raw_callee_save_xen_make_pgd
    mmu.enter_mmap nop_func xen_enter_mmap
    mmu.lazy_mode.enter nop_func xen_enter_lazy_mmu
    mmu.lazy_mode.leave nop_func xen_leave_lazy_mmu
    mmu.lazy_mode.flush nop_func xen_flush_lazy_mmu
    mmu.set_fixmap native_set_fixmap xen_set_fixmap
    lock.queued_spin_lock_slowpath native_queued_spin_lock_slowpath
    lock.queued_spin_unlock __raw_callee_save___native_queued_spin_unlock
    lock.wait nop_func
    lock.kick nop_func
    lock.vcpu_is_preempted __raw_callee_save___native_vcpu_is_preempted
  `,
  x86_init: `
    resources.probe_roms probe_roms
    resources.reserve_resources reserve_standard_io_resources
    resources.memory_setup e820__memory_setup_default xen_memory_setup
    resources.dmi_setup dmi_setup
    mpparse.setup_ioapic_ids x86_init_noop
    mpparse.find_mptable x86_init_noop
    mpparse.early_parse_smp_cfg x86_init_noop
    mpparse.parse_smp_cfg x86_init_noop xen_pv_smp_config
    irqs.pre_vector_init init_ISA_irqs
    irqs.intr_init native_init_IRQ xen_init_IRQ
    irqs.intr_mode_select apic_intr_mode_select x86_init_noop
    irqs.intr_mode_init apic_intr_mode_init x86_64_probe_apic
    irqs.create_pci_msi_domain native_create_pci_msi_domain
    oem.arch_setup x86_init_noop xen_arch_setup
    oem.banner default_banner xen_banner
    paging.pagetable_init paging_init xen_pagetable_init
    timers.setup_percpu_clockev setup_boot_APIC_clock
    timers.timer_init hpet_time_init
    timers.wallclock_init x86_wallclock_init
    iommu.iommu_init iommu_init_noop
    pci.init pci_acpi_init
    pci.init_irq pcibios_irq_init
    pci.fixup_irqs pcibios_fixup_irqs
    hyper.init_platform x86_init_noop xen_pv_init_platform
    hyper.guest_late_init x86_init_noop xen_pv_guest_late_init
    hyper.x2apic_available bool_x86_init_noop
    hyper.msi_ext_dest_id bool_x86_init_noop
    hyper.init_mem_mapping x86_init_noop
    hyper.init_after_bootmem x86_init_noop xen_after_bootmem
    acpi.set_root_pointer x86_default_set_root_pointer
    acpi.get_root_pointer x86_default_get_root_pointer
    acpi.reduced_hw_early_init acpi_generic_reduced_hw_init
    pci.arch_init - pci_xen_init
  `,
  x86_cpuinit: `
    early_percpu_clock_init x86_init_noop
    setup_percpu_clockev setup_secondary_APIC_clock
  `,
  x86_platform: `
    calibrate_cpu native_calibrate_cpu_early
    calibrate_tsc native_calibrate_tsc
    get_wallclock mach_get_cmos_time
    set_wallclock mach_set_cmos_time
    iommu_shutdown iommu_shutdown_noop
    is_untracked_pat_range is_ISA_range
    nmi_init default_nmi_init
    get_nmi_reason default_get_nmi_reason xen_get_nmi_reason
    save_sched_clock_state tsc_save_sched_clock_state
    restore_sched_clock_state tsc_restore_sched_clock_state
    realmode_reserve reserve_real_mode x86_init_noop
    realmode_init init_real_mode x86_init_noop
    hyper.pin_vcpu x86_op_int_noop
    hyper.is_private_mmio is_private_mmio_noop
    guest.enc_status_change_prepare enc_status_change_prepare_noop
    guest.enc_status_change_finish enc_status_change_finish_noop
    guest.enc_tlb_flush_required enc_tlb_flush_required_noop
    guest.enc_cache_flush_required enc_cache_flush_required_noop
    guest.enc_kexec_begin enc_kexec_begin_noop
    guest.enc_kexec_finish enc_kexec_finish_noop
    set_legacy_features - xen_domu_set_legacy_features
  `,
  x86_apic_ops: `
    io_apic_read native_io_apic_read xen_io_apic_read
    restore native_restore_boot_irq_mode
  `,
  smp_ops: `
    smp_prepare_boot_cpu native_smp_prepare_boot_cpu xen_pv_smp_prepare_boot_cpu
    smp_prepare_cpus native_smp_prepare_cpus xen_pv_smp_prepare_cpus
    smp_cpus_done native_smp_cpus_done xen_smp_cpus_done
    stop_other_cpus native_stop_other_cpus xen_pv_stop_other_cpus
    crash_stop_other_cpus kdump_nmi_shootdown_cpus -
    smp_send_reschedule native_smp_send_reschedule xen_smp_send_reschedule
    kick_ap_alive native_kick_ap xen_pv_kick_ap
    cpu_disable native_cpu_disable xen_pv_cpu_disable
    play_dead native_play_dead xen_pv_play_dead
    send_call_func_ipi native_send_call_func_ipi xen_smp_send_call_function_ipi
    send_call_func_single_ipi native_send_call_func_single_ipi xen_smp_send_call_function_single_ipi
    cpu_die - xen_pv_cpu_die
    cleanup_dead_cpu - xen_pv_cleanup_dead_cpu
    poll_sync_state - xen_pv_poll_sync_state
  `,
};
