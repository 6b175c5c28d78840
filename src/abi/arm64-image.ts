import { field, struct } from '../core/struct.js';

/** Header of an arm64 Image: 64 bytes, little-endian whatever the kernel is. */
export const arm64ImageHeader = struct(
  'arm64_image_header',
  'Linux Documentation/arch/arm64/booting.rst, "Call the kernel image"',
  {
    code0: field(0, 'u32', 'executable code; also "MZ" where there is an EFI stub'),
    code1: field(4, 'u32', 'executable code'),
    text_offset: field(8, 'u64', 'load offset from a 2 MiB aligned base'),
    image_size: field(16, 'u64', 'effective size in bytes'),
    flags: field(24, 'u64', 'bit 0 big-endian, 1–2 page size, 3 anywhere'),
    res2: field(32, 'u64', '0'),
    res3: field(40, 'u64', '0'),
    res4: field(48, 'u64', '0'),
    magic: field(56, 'u32', '"ARM\\x64"'),
    res5: field(60, 'u32', 'file offset of the PE header'),
  },
);
