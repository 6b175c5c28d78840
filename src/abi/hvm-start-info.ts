import { field, struct } from '../core/struct.js';

/** "xEn3" with the high bit of the E set. */
export const HVM_START_MAGIC = 0x336ec578;

/** What EBX points to at the PVH entry, version 1. */
export const hvmStartInfo = struct(
  'hvm_start_info',
  'Xen docs/misc/pvh.pandoc; xen/include/public/arch-x86/hvm/start_info.h',
  {
    magic: field(0, 'u32', 'HVM_START_MAGIC_VALUE'),
    version: field(4, 'u32', '1: memory map fields are valid'),
    flags: field(8, 'u32', 'SIF_xxx'),
    nr_modules: field(12, 'u32', 'number of modules'),
    modlist_paddr: field(16, 'u64', 'physical address of an array of hvm_modlist_entry'),
    cmdline_paddr: field(24, 'u64', 'physical address of the command line, 0 when there is none'),
    rsdp_paddr: field(32, 'u64', 'physical address of the RSDP, 0 when there is none'),
    memmap_paddr: field(40, 'u64', 'physical address of an array of hvm_memmap_table_entry'),
    memmap_entries: field(48, 'u32', 'number of entries'),
    reserved: field(52, 'u32', 'must be 0'),
  },
);

export const hvmModlistEntry = struct('hvm_modlist_entry', hvmStartInfo.source, {
  paddr: field(0, 'u64', 'physical address of the module'),
  size: field(8, 'u64', 'size in bytes'),
  cmdline_paddr: field(16, 'u64', 'physical address of its command line, 0 when there is none'),
  reserved: field(24, 'u64', 'must be 0'),
});

export const hvmMemmapTableEntry = struct('hvm_memmap_table_entry', hvmStartInfo.source, {
  addr: field(0, 'u64', 'base address'),
  size: field(8, 'u64', 'size in bytes'),
  type: field(16, 'u32', 'XEN_HVM_MEMMAP_TYPE_xxx'),
  reserved: field(20, 'u32', 'must be 0'),
});
