import { BIOS_DATA, biosData } from '../../abi/bios-data.js';
import { memoryType } from '../../abi/memory-map.js';
import type { Layout } from './layout.js';

const COM1 = 0x3f8;

/**
 * The BIOS data area as a BIOS leaves it, for entries that come behind one: kernels look there for the end of low memory. The
 * services of a BIOS are not there.
 */
export function putBiosData(layout: Layout): void {
  const { memory } = layout.machine;
  const low = layout.machine.memoryMap().find(({ start, type }) => start === 0 && type === memoryType.ram);
  const end = low?.size ?? 0;
  layout.take('BIOS data area', BIOS_DATA, biosData.size, biosData);
  biosData.write(memory.guestView, BIOS_DATA, { com1: COM1, ebda: end >>> 4, memory: end >>> 10 });
  // Its first byte says how many KiB it has.
  memory.guestView.setUint8(end, 1);
}
