import type { BuiltFault, WayName } from './fault.js';

const pvh: readonly WayName[] = ['pvh', 'pvh/xen-pvh'];
const native: readonly WayName[] = ['linux32', 'linux64', ...pvh];

const head = 'arch/x86/kernel/head_64.S';
const head64 = 'arch/x86/kernel/head64.c';
const pvhHead = 'arch/x86/platform/pvh/head.S';
const pvhStub = 'arch/x86/platform/pvh/enlighten.c';
const xenPvh = 'arch/x86/xen/enlighten_pvh.c';
const xenPv = 'arch/x86/xen/enlighten_pv.c';

/**
 * Faults in the source of Debian's Linux 6.12, each as small as it can be. Those that a comment names were once in Linux; there the
 * fault is what that release did, put into the code of today.
 */
export const builtFaults: readonly BuiltFault[] = [
  {
    // 4.0: the shadow of CR4 was introduced for x86_64_start_kernel alone.
    id: 'cr4-shadow-pv',
    title: 'CR4 shadow not initialised on Xen PV',
    expected: { rules: ['missing-call'], ways: ['xen-pv'] },
    edits: [{ file: xenPv, find: 'cr4_init_shadow(); /*', put: '/*' }],
  },
  {
    id: 'cr4-shadow-pvh',
    title: 'CR4 shadow not initialised on PVH',
    // Today's kernels do not survive it: __native_tlb_flush_global writes what the shadow says.
    expected: { rules: ['missing-call', 'entry-does-not-boot'], ways: pvh },
    edits: [
      {
        file: pvhStub,
        find: '\nstatic u64 __init pvh_get_root_pointer',
        put: '\nbool __ro_after_init pvh_booted;\nstatic u64 __init pvh_get_root_pointer',
      },
      {
        file: pvhStub,
        find: '\thypervisor_specific_init(xen_guest);',
        put: '\tpvh_booted = true;\n\thypervisor_specific_init(xen_guest);',
      },
      {
        file: head64,
        find: 'asmlinkage __visible void __init __noreturn x86_64_start_kernel(',
        put: 'extern bool pvh_booted;\nasmlinkage __visible void __init __noreturn x86_64_start_kernel(',
      },
      { file: head64, find: '\tcr4_init_shadow();', put: '\tif (!pvh_booted)\n\t\tcr4_init_shadow();' },
    ],
  },
  {
    // As every initialiser was once that only one list of calls had.
    id: 'new-init-pv',
    title: 'A new initialiser, which Xen PV does not call',
    expected: { rules: ['missing-call'], ways: ['xen-pv'] },
    edits: [
      {
        file: head64,
        find: 'asmlinkage __visible void __init __noreturn x86_64_start_kernel(',
        put: 'unsigned long early_state __ro_after_init;\nstatic noinline void __init early_state_init(void)\n{\n\tearly_state = native_read_cr4();\n}\n\nasmlinkage __visible void __init __noreturn x86_64_start_kernel(',
      },
      { file: head64, find: '\ttdx_early_init();', put: '\tearly_state_init();\n\ttdx_early_init();' },
    ],
  },
  {
    // Never mended: KASAN's shadow is not mapped there before start_kernel.
    id: 'kasan-xen-pv',
    title: 'KASAN on Xen PV',
    expected: { rules: ['too-early', 'missing-call'], ways: ['xen-pv'] },
    configuration: 'kasan',
    twin: 'base',
    edits: [],
  },
  {
    // 6.12: the stub of PVH was instrumented, and called memset, which is too.
    id: 'kasan-pvh',
    title: 'KASAN in the stub of PVH',
    expected: { rules: ['too-early'], ways: ['pvh'] },
    configuration: 'kasan',
    // With KASAN, Xen's paths are broken without this fault.
    options: ['--platform', 'bare'],
    edits: [
      { file: 'arch/x86/platform/pvh/Makefile', find: 'KASAN_SANITIZE := n\n', put: '' },
      { file: pvhStub, find: '__builtin_memset(&pvh_bootparams', put: 'memset(&pvh_bootparams' },
    ],
  },
  {
    // 5.15: what the stub found out was wiped by clear_bss.
    id: 'pvh-type-in-bss',
    title: 'Type of a Xen PVH guest wiped by clear_bss',
    expected: { rules: ['write-before-clear'], ways: ['pvh/xen-pvh'] },
    edits: [
      { file: xenPvh, find: 'bool __ro_after_init xen_pvh;', put: 'bool xen_pvh;' },
      {
        file: 'arch/x86/xen/enlighten.c',
        find: 'enum xen_domain_type __ro_after_init xen_domain_type',
        put: 'enum xen_domain_type xen_domain_type',
      },
    ],
  },
  {
    // 6.11: xen_pvh_init reserved memory.
    id: 'memblock-pvh',
    title: 'memblock used by the stub of PVH, before .bss is cleared',
    expected: { rules: ['write-before-clear'], ways: pvh },
    edits: [
      {
        file: pvhStub,
        find: '#include <linux/acpi.h>',
        put: '#include <linux/acpi.h>\n#include <linux/memblock.h>',
      },
      {
        file: pvhStub,
        find: '\tx86_init.acpi.get_root_pointer = ',
        put: '\tmemblock_reserve(pvh_start_info.cmdline_paddr, PAGE_SIZE);\n\tx86_init.acpi.get_root_pointer = ',
      },
    ],
  },
  {
    // 5.19: .brk was used, and found dirty, on Xen PV.
    id: 'brk-before-clear',
    title: '.brk used before it is cleared on Xen PV',
    expected: { rules: ['write-before-clear'], ways: ['xen-pv'] },
    edits: [
      {
        file: xenPv,
        find: 'extern void early_xen_iret_patch(void);',
        put: 'extern void early_xen_iret_patch(void);\nRESERVE_BRK(early_note, 8);\nstatic u64 *early_note __initdata;',
      },
      {
        file: xenPv,
        find: '\tclear_bss();',
        put: '\tearly_note = extend_brk(8, 8);\n\t*early_note = si->flags | 0x5a5a0000;\n\tclear_bss();',
      },
    ],
  },
  {
    id: 'early-memremap',
    title: 'early_memremap before early_ioremap_init',
    expected: { rules: ['too-early'], ways: native },
    edits: [
      {
        file: head64,
        find: '#include <asm/init.h>',
        put: '#include <asm/init.h>\n#include <asm/early_ioremap.h>',
      },
      {
        file: head64,
        find: '\ttdx_early_init();',
        put: '\tboot_params.hdr = ((struct boot_params *)early_memremap((unsigned long)real_mode_data, PAGE_SIZE))->hdr;\n\ttdx_early_init();',
      },
    ],
  },
  {
    // Before 6.10: what the loader left in CR4 stayed.
    id: 'cr4-kept',
    title: 'CR4 not cleared of what the loader left',
    expected: { rules: ['leaked-state'], ways: ['linux32', 'linux64'] },
    options: ['--vary', '1'],
    edits: [
      {
        file: 'arch/x86/boot/compressed/head_64.S',
        find: '\tandl\t$(X86_CR4_PAE | X86_CR4_MCE | X86_CR4_LA57), %eax\n',
        put: '',
      },
      { file: head, find: '\tandl\t%edx, %ecx\n', put: '' },
    ],
  },
  {
    id: 'rsdp-lost',
    title: 'RSDP of the start info not handed over by the stub of PVH',
    expected: { rules: ['missing-field'], ways: pvh },
    edits: [{ file: pvhStub, find: '\tx86_init.acpi.get_root_pointer = pvh_get_root_pointer;\n', put: '' }],
  },
  {
    // 6.5 looked for SEV on processors that are not AMD's.
    id: 'amd-msr',
    title: "AMD's SYSCFG read whoever made the processor",
    expected: { rules: ['processor-assumption'], ways: native },
    options: ['--vary', '1'],
    edits: [
      {
        file: head,
        find: '\tcall\tearly_setup_idt\n',
        put: '\tcall\tearly_setup_idt\n\tmovl\t$0xc0010010, %ecx\n\trdmsr\n',
      },
    ],
  },
  {
    // Up to 7.0: PAE was switched on for page tables of two levels.
    id: 'pae-pvh32',
    title: 'PAE assumed by the stub of PVH in a 32-bit kernel without it',
    expected: { rules: ['processor-assumption'], ways: ['pvh'] },
    configuration: 'pc32',
    options: ['--platform', 'bare'],
    edits: [
      {
        file: pvhHead,
        find: '#if defined(CONFIG_X86_64) || defined(CONFIG_X86_PAE)\n\t/* Enable PAE mode. */',
        put: '#if 1\n\t/* Enable PAE mode. */',
      },
    ],
  },
  {
    id: 'pvh-note-stripped',
    title: 'The note of the PVH entry is missing',
    expected: { rules: ['offered-entries'], ways: [] },
    edits: [
      {
        file: pvhHead,
        find: '\tELFNOTE(Xen, XEN_ELFNOTE_PHYS32_ENTRY,\n\t             _ASM_PTR (pvh_start_xen - __START_KERNEL_map))\n',
        put: '',
      },
    ],
  },
  {
    // What .note.gnu.property does to a kernel whose linker script keeps it.
    id: 'note-misaligned',
    title: 'Notes padded to 4 bytes in a segment aligned to 8',
    expected: { rules: ['note-alignment'], ways: [] },
    edits: [
      {
        file: 'arch/x86/boot/compressed/Makefile',
        find: 'OBJCOPYFLAGS_vmlinux.bin :=  -R .comment -S',
        put: 'OBJCOPYFLAGS_vmlinux.bin :=  -R .comment -S --set-section-alignment .notes=8',
      },
    ],
  },
  {
    id: 'xlf-without-code',
    title: 'XLF_KERNEL_64 without code at the 64-bit entry',
    expected: { rules: ['xlf-kernel-64-without-code'], ways: [] },
    edits: [{ file: 'arch/x86/boot/compressed/head_64.S', find: '\t.org 0x200\n', put: '\t.org 0x280\n' }],
  },
];
