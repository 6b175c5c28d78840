import { VECTOR_TABLE_SIZE, writeBiosVectors } from '../../firmware/bios-vectors.js';
import { Bios } from '../../platform/bios/bios.js';
import { putBiosData } from './bios-data.js';
import type { Layout } from './layout.js';

/** Puts a BIOS under a kernel that is entered behind one: its data, its vectors, and the services they lead to. */
export function putBios(layout: Layout): void {
  const { machine } = layout;
  layout.take('interrupt vectors', 0, VECTOR_TABLE_SIZE);
  writeBiosVectors(machine.memory.guestView);
  putBiosData(layout);
  machine.chipset.bus.attach(new Bios(machine));
}
