import { field, struct, type ValuesOf } from '../core/struct.js';
import type { Abi } from './abi.js';
import { hardwareSubarch } from './hardware-subarch.js';
import { memoryType } from './memory-map.js';

/*
 * The hand-over of the universal entry: what any kernel needs to know when it starts, whatever started it. It says nothing about
 * a particular operating system. docs/boot-information.md and include/zeropage/boot-information.h are generated from this file
 * (tools/table/boot-information.ts).
 */

/** "zPBi" in memory. */
export const BOOT_INFORMATION_MAGIC = 0x6942507a;
export const BOOT_INFORMATION_VERSION = 1;

/** Which entry the loader used. */
export const bootEntry = {
  unknown: 0,
  linux16: 1,
  linux32: 2,
  linux64: 3,
  efi: 4,
  'efi-handover': 5,
  pvh: 6,
  'xen-pv': 7,
  multiboot: 8,
  multiboot2: 9,
} as const;

/** What is underneath. */
export const hypervisorType = {
  none: 0,
  xen: 1,
  kvm: 2,
  'hyper-v': 3,
  vmware: 4,
  bhyve: 5,
  'qemu-tcg': 6,
  /** A hypervisor whose signature is not known: see hypervisor_leaf. */
  other: 7,
} as const;

/** How much of a PC the guest finds. */
export const guestType = {
  /** No hypervisor. */
  native: 0,
  /** Full virtualisation, started like a PC. */
  hvm: 1,
  /** Full virtualisation without firmware, started through the PVH entry. */
  pvh: 2,
  /** Paravirtual: privilege level 3, hypercalls instead of privileged instructions. */
  pv: 3,
} as const;

/** Bits of boot_information.flags. */
export const bootFlag = {
  /** The guest is privileged: SIF_PRIVILEGED of Xen. */
  privileged: 1,
  /** The guest is the initial domain: SIF_INITDOMAIN of Xen. */
  'initial-domain': 2,
  /** EFI boot services have been left; data points to the EFI system table. */
  efi: 4,
} as const;

const source = 'zeropage docs/boot-information.md';

export const bootInformation = struct('boot_information', source, {
  magic: field(0, 'u32', 'BOOT_INFORMATION_MAGIC, "zPBi" in memory'),
  version: field(4, 'u32', 'BOOT_INFORMATION_VERSION; later versions only add fields at the end'),
  size: field(8, 'u32', 'size of this structure in bytes'),
  flags: field(12, 'u32', 'BOOT_FLAG_xxx'),
  entry: field(16, 'u32', 'BOOT_ENTRY_xxx: the entry the loader used'),
  hypervisor: field(20, 'u32', 'HYPERVISOR_TYPE_xxx'),
  guest: field(24, 'u32', 'GUEST_TYPE_xxx'),
  hypervisor_leaf: field(28, 'u32', 'first CPUID leaf of the hypervisor (0x40000000 or above), 0: none'),
  hardware_subarch: field(32, 'u32', 'HARDWARE_SUBARCH_xxx'),
  memory_map_entries: field(36, 'u32', 'number of memory ranges'),
  hardware_subarch_data: field(40, 'u64', 'what the subarch defines'),
  data: field(48, 'u64', "physical address of the entry's own structure, untouched; 0: none"),
  memory_map: field(56, 'u64', 'physical address of an array of boot_memory_range, ascending'),
  modules: field(64, 'u64', 'physical address of an array of boot_module'),
  modules_count: field(72, 'u32', 'number of modules'),
  reserved: field(76, 'u32', '0'),
  command_line: field(80, 'u64', 'physical address of the command line, zero-terminated; never 0'),
  loader_name: field(88, 'u64', "physical address of the loader's name, zero-terminated; 0: unknown"),
  rsdp: field(96, 'u64', 'physical address of the ACPI RSDP; 0: unknown'),
  device_tree: field(104, 'u64', 'physical address of a flattened device tree; 0: none'),
  framebuffer: field(112, 'u64', 'physical address of a boot_framebuffer; 0: none'),
  entry_state: field(120, 'u64', 'physical address of an entry_state: the processor when it entered'),
  init_tables: field(128, 'u64', "physical address of the image's init tables; 0: none"),
  init_log: field(136, 'u64', 'physical address of what the walk of the init tables records; 0: none'),
  operations: field(144, 'u64', 'physical address of the op table in force; 0: none'),
  image_start: field(152, 'u64', 'physical address of the first byte of the loaded image'),
  image_end: field(160, 'u64', 'physical address behind the last byte, memory without file content included'),
});

/** The structure in TypeScript: numbers up to 32 bits, bigints above. */
export type BootInformation = ValuesOf<typeof bootInformation>;

/** As hvm_memmap_table_entry of PVH, whose reserved word is `attributes` here. */
export const bootMemoryRange = struct('boot_memory_range', source, {
  addr: field(0, 'u64', 'first byte'),
  size: field(8, 'u64', 'size in bytes, above 0'),
  type: field(16, 'u32', 'MEMORY_TYPE_xxx, the numbers of ACPI address ranges'),
  attributes: field(20, 'u32', 'ACPI extended attributes where the entry carries them; 0'),
});

/** As hvm_modlist_entry of PVH. */
export const bootModule = struct('boot_module', source, {
  paddr: field(0, 'u64', 'physical address'),
  size: field(8, 'u64', 'size in bytes'),
  cmdline_paddr: field(16, 'u64', 'physical address of its command line, zero-terminated; 0: none'),
  reserved: field(24, 'u64', '0'),
});

export const bootFramebuffer = struct('boot_framebuffer', source, {
  addr: field(0, 'u64', 'physical address'),
  pitch: field(8, 'u32', 'bytes from one line to the next'),
  width: field(12, 'u32', 'pixels'),
  height: field(16, 'u32', 'pixels'),
  bits_per_pixel: field(20, 'u32', 'bits'),
  red_position: field(24, 'u8', 'lowest bit'),
  red_size: field(25, 'u8', 'bits'),
  green_position: field(26, 'u8', 'lowest bit'),
  green_size: field(27, 'u8', 'bits'),
  blue_position: field(28, 'u8', 'lowest bit'),
  blue_size: field(29, 'u8', 'bits'),
  reserved: field(30, 'u16', '0'),
});

/** What the processor held when the loader jumped to the image, before the stub changed anything. */
export const entryState = struct('entry_state', source, {
  rax: field(0, 'u64'),
  rcx: field(8, 'u64'),
  rdx: field(16, 'u64'),
  rbx: field(24, 'u64'),
  rsp: field(32, 'u64'),
  rbp: field(40, 'u64'),
  rsi: field(48, 'u64'),
  rdi: field(56, 'u64'),
  r8: field(64, 'u64', '0 where the entry is not 64-bit, as are the seven that follow'),
  r9: field(72, 'u64'),
  r10: field(80, 'u64'),
  r11: field(88, 'u64'),
  r12: field(96, 'u64'),
  r13: field(104, 'u64'),
  r14: field(112, 'u64'),
  r15: field(120, 'u64'),
  rip: field(128, 'u64', 'address of the entry itself'),
  rflags: field(136, 'u64'),
  cr0: field(144, 'u64', '0 for xen-pv, as is every control register and table'),
  cr3: field(152, 'u64'),
  cr4: field(160, 'u64'),
  efer: field(168, 'u64'),
  gdt_base: field(176, 'u64'),
  gdt_limit: field(184, 'u32'),
  tr: field(188, 'u16', 'selector'),
  ldtr: field(190, 'u16', 'selector'),
  cs: field(192, 'u16', 'selector'),
  ds: field(194, 'u16', 'selector'),
  es: field(196, 'u16', 'selector'),
  ss: field(198, 'u16', 'selector'),
  fs: field(200, 'u16', 'selector'),
  gs: field(202, 'u16', 'selector'),
  bits: field(204, 'u32', '32 or 64: width of the code at the entry'),
});

/** Everything the generated header and page are made of, in their order. */
export const bootInformationAbi = {
  structs: [bootInformation, bootMemoryRange, bootModule, bootFramebuffer, entryState],
  enums: {
    BOOT_ENTRY: bootEntry,
    HYPERVISOR_TYPE: hypervisorType,
    GUEST_TYPE: guestType,
    HARDWARE_SUBARCH: hardwareSubarch,
    MEMORY_TYPE: memoryType,
    BOOT_FLAG: bootFlag,
  },
  constants: { BOOT_INFORMATION_MAGIC, BOOT_INFORMATION_VERSION },
} as const satisfies Abi;
