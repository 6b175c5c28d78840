import { field, struct } from '../core/struct.js';

/** The kernel_info structure, which setup_header.kernel_info_offset points to (protocol ≥ 2.15). */
export const kernelInfo = struct(
  'kernel_info',
  'Linux Documentation/arch/x86/boot.rst, "The kernel_info"; arch/x86/boot/compressed/kernel_info.S',
  {
    header: field(0, 'u32', '"LToP"'),
    size: field(4, 'u32', 'size of the structure in bytes'),
    size_total: field(8, 'u32', 'size with the variable-size data behind it'),
    setup_type_max: field(12, 'u32', 'highest type of setup_data the kernel takes'),
  },
);

/** "LToP" as the little-endian value of kernel_info.header. */
export const KERNEL_INFO_MAGIC = 0x506f544c;
