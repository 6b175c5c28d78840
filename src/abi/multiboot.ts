import { field, struct } from '../core/struct.js';

/** Multiboot 1 header. The address fields count with flags bit 16 only, the video fields with bit 2 only. */
export const multibootHeader = struct(
  'multiboot_header',
  'Multiboot Specification 0.6.96, 3.1 "OS image format"',
  {
    magic: field(0, 'u32', '0x1badb002'),
    flags: field(4, 'u32', 'bits 0–15 required, 16–31 optional features'),
    checksum: field(8, 'u32', 'magic + flags + checksum = 0'),
    header_addr: field(12, 'u32', 'physical address of this header'),
    load_addr: field(16, 'u32', 'physical address of the text'),
    load_end_addr: field(20, 'u32', 'physical end of the data; 0 = to the end of the file'),
    bss_end_addr: field(24, 'u32', 'physical end of the bss; 0 = none'),
    entry_addr: field(28, 'u32', 'physical address of the entry'),
    mode_type: field(32, 'u32', '0 = linear graphics, 1 = text'),
    width: field(36, 'u32', 'columns'),
    height: field(40, 'u32', 'lines'),
    depth: field(44, 'u32', 'bits a pixel'),
  },
);

export const MULTIBOOT_MAGIC = 0x1badb002;
/** The header stands, 4-byte aligned, within this many bytes of the file. */
export const MULTIBOOT_SEARCH = 8192;

/** Bits of multiboot_header.flags by name. */
export const multibootFlags = { PAGE_ALIGN: 0, MEMORY_INFO: 1, VIDEO_MODE: 2, AOUT_KLUDGE: 16 } as const;

/** What EAX holds when a kernel is entered. */
export const MULTIBOOT_LOADER_MAGIC = 0x2badb002;

const FORMAT = 'Multiboot Specification 0.6.96, 3.3 "Boot information format"';

/** What EBX points to. Each field counts when its bit of `flags` is set (`multibootInfoFlags`). */
export const multibootInfo = struct('multiboot_info', FORMAT, {
  flags: field(0, 'u32', 'which of the fields count'),
  mem_lower: field(4, 'u32', 'KiB of RAM from 0 on, at most 640'),
  mem_upper: field(8, 'u32', 'KiB of RAM from 1 MiB on, up to the first hole'),
  boot_device: field(12, 'u32', 'BIOS drive and partitions'),
  cmdline: field(16, 'u32', 'physical address of the command line'),
  mods_count: field(20, 'u32', 'number of modules'),
  mods_addr: field(24, 'u32', 'physical address of the first module structure'),
  num: field(28, 'u32', 'ELF section headers: how many'),
  size: field(32, 'u32', 'bytes of each'),
  addr: field(36, 'u32', 'physical address of the first'),
  shndx: field(40, 'u32', 'index of the section with the names'),
  mmap_length: field(44, 'u32', 'bytes of the memory map'),
  mmap_addr: field(48, 'u32', 'physical address of the memory map'),
  drives_length: field(52, 'u32', 'bytes of the drive structures'),
  drives_addr: field(56, 'u32', 'physical address of the first'),
  config_table: field(60, 'u32', 'physical address of the ROM configuration table'),
  boot_loader_name: field(64, 'u32', "physical address of the loader's name"),
  apm_table: field(68, 'u32', 'physical address of the APM table'),
  vbe: field(72, { bytes: 16 }, 'VBE information'),
  framebuffer: field(88, { bytes: 28 }, 'frame buffer information'),
});

/** Values of the bits of multiboot_info.flags by name. */
export const multibootInfoFlags = {
  MEMORY: 0x1,
  BOOT_DEVICE: 0x2,
  COMMAND_LINE: 0x4,
  MODULES: 0x8,
  AOUT_SYMBOLS: 0x10,
  ELF_SECTIONS: 0x20,
  MEMORY_MAP: 0x40,
  DRIVES: 0x80,
  CONFIG_TABLE: 0x100,
  LOADER_NAME: 0x200,
  APM_TABLE: 0x400,
  VBE: 0x800,
  FRAMEBUFFER: 0x1000,
} as const;

export const multibootModule = struct('multiboot_module', FORMAT, {
  mod_start: field(0, 'u32', 'physical address of its first byte'),
  mod_end: field(4, 'u32', 'physical address behind its last byte'),
  string: field(8, 'u32', 'physical address of its string'),
  reserved: field(12, 'u32', 'must be 0'),
});

/** The specification counts offsets from base_addr on, with `size` at −4. */
export const multibootMmapEntry = struct('multiboot_mmap_entry', FORMAT, {
  size: field(0, 'u32', 'bytes of the entry, this field not counted'),
  base_addr: field(4, 'u64', 'base address'),
  length: field(12, 'u64', 'size in bytes'),
  type: field(20, 'u32', 'type'),
});
