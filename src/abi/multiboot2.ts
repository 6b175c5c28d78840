import { field, struct } from '../core/struct.js';

/** Multiboot2 header; tags follow it, each 8-byte aligned. */
export const multiboot2Header = struct(
  'multiboot2_header',
  'Multiboot2 Specification 2.0, 3.1.1 "The layout of Multiboot2 header"',
  {
    magic: field(0, 'u32', '0xe85250d6'),
    architecture: field(4, 'u32', '0 = i386, 4 = MIPS'),
    header_length: field(8, 'u32', 'bytes, magic and tags included'),
    checksum: field(12, 'u32', 'the four words add up to 0'),
  },
);

/** Start of every tag. */
export const multiboot2Tag = struct('multiboot2_header_tag', 'Multiboot2 Specification 2.0, 3.1.3', {
  type: field(0, 'u16', 'kind of tag'),
  flags: field(2, 'u16', 'bit 0 = optional'),
  size: field(4, 'u32', 'bytes of the tag, this start included'),
});

export const MULTIBOOT2_MAGIC = 0xe85250d6;
/** The header stands, 8-byte aligned, within this many bytes of the file. */
export const MULTIBOOT2_SEARCH = 32768;

/** Header tag types by name. */
export const multiboot2TagType = {
  end: 0,
  'information request': 1,
  address: 2,
  'entry address': 3,
  'console flags': 4,
  framebuffer: 5,
  'module alignment': 6,
  'EFI boot services': 7,
  'entry address EFI i386': 8,
  'entry address EFI amd64': 9,
  relocatable: 10,
} as const;
