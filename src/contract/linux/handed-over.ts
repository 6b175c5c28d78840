import type { Severity } from '../rule.js';
import { type Starter, starters } from './starter.js';

/** A field of `boot_params` that common code relies on, and where each starter has it from. */
export interface HandedOver {
  /** Any of which is enough. */
  readonly fields: readonly string[];
  /** By starter: the structure and the field that it is given in; null: it is a constant there. Others need not fill it. */
  readonly given: Partial<Readonly<Record<Starter, readonly [source: string, field: string] | null>>>;
  /** What others read shows that it was given: a structure, or one with a field. */
  readonly proof?: string;
  /** The operation that common code calls for it, and the function there that has nothing but the field to go by. */
  readonly asked?: { readonly table: string; readonly member: string; readonly by: string };
  readonly severity: Severity;
  /** What happens where nobody filled it, as the end of a sentence. */
  readonly breaks: string;
  /** Who should have: file and function by starter. */
  readonly source: string;
}

const pvhStub = 'arch/x86/platform/pvh/enlighten.c, init_pvh_bootparams';
const pvStart = 'arch/x86/xen/enlighten_pv.c, xen_start_kernel';
const protocol = 'Documentation/arch/x86/boot.rst';

/** Fields by Documentation/arch/x86/zero-page.rst; the start info of PVH by Xen's arch-x86/hvm/start_info.h, of PV by xen.h. */
export const handedOver: readonly HandedOver[] = [
  {
    fields: ['cmd_line_ptr'],
    given: {
      native: ['boot_params', 'cmd_line_ptr'],
      pvh: ['hvm_start_info', 'cmdline_paddr'],
      'xen-pv': ['start_info', 'cmd_line'],
    },
    severity: 'error',
    breaks: 'the kernel has no command line',
    source: `${protocol}, cmd_line_ptr; ${pvhStub}; ${pvStart}`,
  },
  {
    fields: ['ramdisk_image', 'ext_ramdisk_image'],
    given: {
      native: ['boot_params', 'ramdisk_image'],
      pvh: ['hvm_modlist_entry', 'paddr'],
      'xen-pv': ['start_info', 'mod_start'],
    },
    severity: 'error',
    breaks: 'there is no initrd, and its memory is given away',
    source: `${protocol}, ramdisk_image; ${pvhStub}; ${pvStart}`,
  },
  {
    fields: ['ramdisk_size', 'ext_ramdisk_size'],
    given: {
      native: ['boot_params', 'ramdisk_size'],
      pvh: ['hvm_modlist_entry', 'size'],
      'xen-pv': ['start_info', 'mod_len'],
    },
    severity: 'error',
    breaks: 'there is no initrd, and its memory is given away',
    source: `${protocol}, ramdisk_size; ${pvhStub}; ${pvStart}`,
  },
  {
    fields: ['e820_entries'],
    given: { native: ['boot_params', 'e820_entries'], pvh: ['hvm_start_info', 'memmap_paddr'] },
    severity: 'error',
    breaks: 'the memory map is guessed from what old firmware told',
    source: `arch/x86/kernel/e820.c, e820__memory_setup_default; ${pvhStub}`,
  },
  {
    fields: ['acpi_rsdp_addr'],
    given: { pvh: ['hvm_start_info', 'rsdp_paddr'] },
    proof: 'RSDP',
    asked: { table: 'x86_init', member: 'acpi.get_root_pointer', by: 'x86_default_get_root_pointer' },
    severity: 'error',
    breaks: 'ACPI looks for its tables in the BIOS area, where a PVH guest need not have any',
    source:
      'arch/x86/platform/pvh/enlighten.c, init_pvh_bootparams; arch/x86/kernel/acpi/boot.c, x86_default_get_root_pointer',
  },
  {
    fields: ['hardware_subarch'],
    given: { 'xen-pv': null },
    severity: 'error',
    breaks: 'legacy devices are looked for as on a PC',
    source: `${pvStart}; arch/x86/kernel/platform-quirks.c`,
  },
  {
    fields: ['type_of_loader'],
    given: { native: ['boot_params', 'type_of_loader'], pvh: null, 'xen-pv': null },
    severity: 'warning',
    breaks: 'the kernel takes its loader for one that is too old to have an initrd',
    source: `${protocol}, type_of_loader; ${pvhStub}; ${pvStart}`,
  },
  {
    fields: ['version'],
    given: Object.fromEntries(starters.map((starter) => [starter, null])),
    severity: 'note',
    breaks: 'x86_64_start_reservations copies boot_params once more, onto itself',
    source: 'arch/x86/kernel/head64.c, x86_64_start_reservations',
  },
  {
    fields: ['loadflags'],
    given: Object.fromEntries(starters.map((starter) => [starter, null])),
    severity: 'note',
    breaks: 'KASLR_FLAG is not set, and memory regions are not randomised',
    source:
      'arch/x86/mm/kaslr.c, kernel_randomize_memory; arch/x86/boot/compressed/kaslr.c, choose_random_location',
  },
];
