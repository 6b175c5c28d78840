import { BIOS_DATA, biosData } from '../abi/bios-data.js';
import { type MemoryRange, memoryType } from '../abi/memory-map.js';

const COM1 = 0x3f8;

/**
 * Writes the BIOS data area as a BIOS leaves it, and the first byte of the extended one: kernels look there for the end of low
 * memory. `guest` is guest-physical memory from 0.
 */
export function writeBiosData(guest: DataView, map: readonly MemoryRange[]): void {
  const low = map.find(({ start, type }) => start === 0 && type === memoryType.ram);
  const end = low?.size ?? 0;
  biosData.write(guest, BIOS_DATA, { com1: COM1, ebda: end >>> 4, memory: end >>> 10 });
  // Its first byte says how many KiB it has.
  guest.setUint8(end, 1);
}
