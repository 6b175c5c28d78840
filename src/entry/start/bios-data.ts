import { BIOS_DATA, biosData } from '../../abi/bios-data.js';
import { writeBiosData } from '../../firmware/bios-data.js';
import type { Layout } from './layout.js';

/** Puts down the BIOS data area, for entries that come behind a BIOS. The services of a BIOS are not there. */
export function putBiosData(layout: Layout): void {
  const { machine } = layout;
  layout.take('BIOS data area', BIOS_DATA, biosData.size, biosData);
  writeBiosData(machine.memory.guestView, machine.memoryMap());
}
