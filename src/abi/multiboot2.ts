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

/** Bits of the console flags tag. */
export const multiboot2ConsoleFlags = { REQUIRED: 1, EGA_TEXT: 2 } as const;

/** What EAX holds when a kernel is entered. */
export const MULTIBOOT2_LOADER_MAGIC = 0x36d76289;

const FORMAT = 'Multiboot2 Specification 2.0, 3.6 "Boot information format"';

/** What EBX points to, 8-byte aligned; tags follow it, each 8-byte aligned. */
export const multiboot2Info = struct('multiboot2_info', FORMAT, {
  total_size: field(0, 'u32', 'bytes, this start and all tags included'),
  reserved: field(4, 'u32', 'must be 0'),
});

/** Start of every tag of the boot information. */
export const multiboot2InfoTag = struct('multiboot2_tag', FORMAT, {
  type: field(0, 'u32', 'kind of tag'),
  size: field(4, 'u32', 'bytes of the tag, this start included, padding not'),
});

/** Boot information tag types by name. */
export const multiboot2InfoType = {
  end: 0,
  'command line': 1,
  'boot loader name': 2,
  module: 3,
  'basic memory information': 4,
  'boot device': 5,
  'memory map': 6,
  VBE: 7,
  framebuffer: 8,
  'ELF sections': 9,
  APM: 10,
  'EFI i386 system table': 11,
  'EFI amd64 system table': 12,
  SMBIOS: 13,
  'ACPI old RSDP': 14,
  'ACPI new RSDP': 15,
  network: 16,
  'EFI memory map': 17,
  'EFI boot services not terminated': 18,
  'EFI i386 image handle': 19,
  'EFI amd64 image handle': 20,
  'load base address': 21,
} as const;

/** The string follows, with its NUL. */
export const multiboot2ModuleTag = struct('multiboot2_tag_module', FORMAT, {
  ...multiboot2InfoTag.fields,
  mod_start: field(8, 'u32', 'physical address of its first byte'),
  mod_end: field(12, 'u32', 'physical address behind its last byte'),
});

export const multiboot2MemoryTag = struct('multiboot2_tag_basic_meminfo', FORMAT, {
  ...multiboot2InfoTag.fields,
  mem_lower: field(8, 'u32', 'KiB of RAM from 0 on, at most 640'),
  mem_upper: field(12, 'u32', 'KiB of RAM from 1 MiB on, up to the first hole'),
});

/** Entries follow it. */
export const multiboot2MmapTag = struct('multiboot2_tag_mmap', FORMAT, {
  ...multiboot2InfoTag.fields,
  entry_size: field(8, 'u32', 'bytes of each entry'),
  entry_version: field(12, 'u32', '0'),
});

export const multiboot2MmapEntry = struct('multiboot2_mmap_entry', FORMAT, {
  base_addr: field(0, 'u64', 'base address'),
  length: field(8, 'u64', 'size in bytes'),
  type: field(16, 'u32', 'type'),
  reserved: field(20, 'u32', 'must be 0'),
});

/** Section headers follow it. The text of the specification has 16-bit fields; its multiboot2.h and GRUB have these. */
export const multiboot2ElfTag = struct('multiboot2_tag_elf_sections', 'multiboot2.h', {
  ...multiboot2InfoTag.fields,
  num: field(8, 'u32', 'number of section headers'),
  entsize: field(12, 'u32', 'bytes of each'),
  shndx: field(16, 'u32', 'index of the section with the names'),
});

export const multiboot2LoadBaseTag = struct('multiboot2_tag_load_base_addr', FORMAT, {
  ...multiboot2InfoTag.fields,
  load_base_addr: field(8, 'u32', 'where the image was loaded'),
});
