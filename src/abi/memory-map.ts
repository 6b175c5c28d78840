import { field, struct } from '../core/struct.js';

/** Types of a range of physical memory; E820 (ACPI specification §15) and hvm_memmap use the same numbers. */
export const memoryType = { ram: 1, reserved: 2, acpi: 3, nvs: 4, unusable: 5 } as const;

/** A range of physical memory. */
export interface MemoryRange {
  readonly start: number;
  /** Bytes. */
  readonly size: number;
  readonly type: number;
}

/** An entry of e820_table in the zero page. */
export const bootE820Entry = struct('boot_e820_entry', 'Linux arch/x86/include/uapi/asm/setup_data.h', {
  addr: field(0, 'u64', 'base address'),
  size: field(8, 'u64', 'size in bytes'),
  type: field(16, 'u32', 'type'),
});
