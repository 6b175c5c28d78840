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
