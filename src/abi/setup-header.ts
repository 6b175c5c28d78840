import { type Field, field, struct } from '../core/struct.js';

/** A field together with the boot protocol version that introduced it, e.g. 0x0206; 0 = before "HdrS" existed. */
const since = <F extends Field>(version: number, it: F): F & { readonly since: number } => ({
  ...it,
  since: version,
});

/**
 * The real-mode kernel header. Offsets count from the start of the kernel file, which are also those in the
 * zero page. Fields that `since` exceeds the header's own version are not there.
 */
export const setupHeader = struct(
  'setup_header',
  'Linux Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"; arch/x86/include/uapi/asm/bootparam.h',
  {
    setup_sects: since(0, field(0x1f1, 'u8', 'size of the setup code in 512-byte sectors; 0 means 4')),
    root_flags: since(0, field(0x1f2, 'u16', 'root is mounted read-only if not 0')),
    syssize: since(
      0,
      field(0x1f4, 'u32', 'protected-mode code in 16-byte paragraphs; 16 bits wide before 2.04'),
    ),
    ram_size: since(0, field(0x1f8, 'u16', 'obsolete')),
    vid_mode: since(0, field(0x1fa, 'u16', 'video mode')),
    root_dev: since(0, field(0x1fc, 'u16', 'default root device number')),
    boot_flag: since(0, field(0x1fe, 'u16', '0xaa55')),
    jump: since(
      0x0200,
      field(0x200, 'u16', 'short jump (0xeb) past the header; its target bounds the header'),
    ),
    header: since(0x0200, field(0x202, 'u32', '"HdrS"')),
    version: since(0x0200, field(0x206, 'u16', 'boot protocol version, major << 8 | minor')),
    realmode_swtch: since(0x0200, field(0x208, 'u32', 'boot loader hook')),
    start_sys_seg: since(0x0200, field(0x20c, 'u16', 'load-low segment, 0x1000; obsolete')),
    kernel_version: since(
      0x0200,
      field(0x20e, 'u16', 'file offset of the version string, less 0x200; 0 = none'),
    ),
    type_of_loader: since(0x0200, field(0x210, 'u8', 'boot loader id and version, set by the loader')),
    loadflags: since(0x0200, field(0x211, 'u8', 'see loadflags')),
    setup_move_size: since(0x0200, field(0x212, 'u16', 'move to high memory size, for hooks')),
    code32_start: since(0x0200, field(0x214, 'u32', 'physical address of the 32-bit entry')),
    ramdisk_image: since(0x0200, field(0x218, 'u32', 'physical address of the initrd, set by the loader')),
    ramdisk_size: since(0x0200, field(0x21c, 'u32', 'size of the initrd in bytes, set by the loader')),
    bootsect_kludge: since(0x0200, field(0x220, 'u32', 'obsolete')),
    heap_end_ptr: since(
      0x0201,
      field(0x224, 'u16', 'end of setup stack and heap, less 0x200, set by the loader'),
    ),
    ext_loader_ver: since(0x0202, field(0x226, 'u8', 'extended boot loader version')),
    ext_loader_type: since(0x0202, field(0x227, 'u8', 'extended boot loader id')),
    cmd_line_ptr: since(
      0x0202,
      field(0x228, 'u32', 'physical address of the command line, set by the loader'),
    ),
    initrd_addr_max: since(0x0203, field(0x22c, 'u32', 'highest physical address the initrd may occupy')),
    kernel_alignment: since(
      0x0205,
      field(0x230, 'u32', 'alignment in bytes the kernel wants; a relocatable kernel must have it'),
    ),
    relocatable_kernel: since(0x0205, field(0x234, 'u8', 'not 0: loads at any multiple of kernel_alignment')),
    min_alignment: since(
      0x020a,
      field(0x235, 'u8', 'least alignment it still boots with, as a power of two'),
    ),
    xloadflags: since(0x020c, field(0x236, 'u16', 'see xloadflags')),
    cmdline_size: since(0x0206, field(0x238, 'u32', 'command line size in bytes, without its NUL')),
    hardware_subarch: since(0x0207, field(0x23c, 'u32', 'see hardwareSubarch, set by the loader')),
    hardware_subarch_data: since(0x0207, field(0x240, 'u64', 'subarchitecture-specific, set by the loader')),
    payload_offset: since(
      0x0208,
      field(0x248, 'u32', 'offset of the payload from the start of the protected-mode code'),
    ),
    payload_length: since(0x0208, field(0x24c, 'u32', 'length of the payload in bytes')),
    setup_data: since(0x0209, field(0x250, 'u64', 'physical address of a list of struct setup_data')),
    pref_address: since(0x020a, field(0x258, 'u64', 'preferred physical load address')),
    init_size: since(
      0x020a,
      field(0x260, 'u32', 'bytes of memory the kernel needs from its load address on'),
    ),
    handover_offset: since(
      0x020b,
      field(0x264, 'u32', 'EFI handover entry, from the protected-mode start; the 64-bit one 0x200 further'),
    ),
    kernel_info_offset: since(
      0x020f,
      field(0x268, 'u32', 'kernel_info, from the start of the protected-mode code'),
    ),
  },
);

/** "HdrS" as the little-endian value of setup_header.header. */
export const SETUP_MAGIC = 0x53726448;
/** setup_header.boot_flag. */
export const BOOT_FLAG = 0xaa55;

/** Bits of setup_header.loadflags by name. KASLR_FLAG is kernel-internal, KEEP_SEGMENTS since 2.07. */
export const loadflags = {
  LOADED_HIGH: 0,
  KASLR_FLAG: 1,
  QUIET_FLAG: 5,
  KEEP_SEGMENTS: 6,
  CAN_USE_HEAP: 7,
} as const;

/** Bits of setup_header.xloadflags by name (protocol ≥ 2.12). */
export const xloadflags = {
  XLF_KERNEL_64: 0,
  XLF_CAN_BE_LOADED_ABOVE_4G: 1,
  XLF_EFI_HANDOVER_32: 2,
  XLF_EFI_HANDOVER_64: 3,
  XLF_EFI_KEXEC: 4,
  XLF_5LEVEL: 5,
  XLF_5LEVEL_ENABLED: 6,
  XLF_MEM_ENCRYPTION: 7,
} as const;

/** Where the 64-bit entry is from the 32-bit one: boot.rst, "64-bit Boot Protocol"; the EFI handover entries stand the same apart. */
export const STARTUP_64 = 0x200;
