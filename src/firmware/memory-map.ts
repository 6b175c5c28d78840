import { type MemoryRange, memoryType } from '../abi/memory-map.js';

/** Where firmware lies on a PC, and here the ACPI tables. */
export const biosArea = { start: 0xe0000, size: 0x20000 } as const;

/** The extended BIOS data area: the last KiB of low memory. */
const extendedBiosData = { start: 0x9fc00, size: 0x400 } as const;

/** Where memory goes on above what the PC keeps for itself. */
const MIB = 0x100000;

/** The memory map that firmware hands over, of `ramSize` bytes of RAM with ranges above 1 MiB that are not to be used as such. */
export function memoryMap(ramSize: number, reserved: readonly MemoryRange[]): MemoryRange[] {
  const map: MemoryRange[] = [
    { start: 0, size: extendedBiosData.start, type: memoryType.ram },
    { ...extendedBiosData, type: memoryType.reserved },
    { ...biosArea, type: memoryType.reserved },
  ];
  let at = MIB;
  for (const range of [...reserved].sort((a, b) => a.start - b.start)) {
    if (range.start < MIB) continue;
    if (range.start > at && at < ramSize) {
      map.push({ start: at, size: Math.min(range.start, ramSize) - at, type: memoryType.ram });
    }
    map.push(range);
    at = Math.max(at, range.start + range.size);
  }
  if (at < ramSize) map.push({ start: at, size: ramSize - at, type: memoryType.ram });
  return map.sort((a, b) => a.start - b.start);
}
