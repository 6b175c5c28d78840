import { CR0 } from '../../abi/x86/control-registers.js';
import type { Machine } from '../../machine/machine.js';
import { setFlatSegments } from '../../machine/x86/segments/segments.js';
import type { Layout } from './layout.js';

/** Flat segments of 4 GiB, as 32-bit descriptors of a GDT: code that can be read, data that can be written. */

/** 32-bit protected mode with flat segments, paging and interrupts off. Whether there is a GDT is the entry's matter. */
export function enterProtectedMode({ cpu }: Machine, selectors: { code: number; data: number }): void {
  cpu.setCr4(0);
  cpu.setCr0(CR0.PE);
  setFlatSegments(cpu, { bits: 32, ...selectors });
  cpu.flags = 2;
}

/** Puts a GDT of these descriptors into RAM and loads its register. */
export function loadGdt(layout: Layout, descriptors: readonly bigint[]): void {
  const { cpu, memory } = layout.machine;
  const gdt = layout.low('GDT', descriptors.length * 8);
  for (const [i, descriptor] of descriptors.entries()) {
    memory.guestView.setBigUint64(gdt + i * 8, descriptor, true);
  }
  cpu.gdtr.base = BigInt(gdt);
  cpu.gdtr.limit = descriptors.length * 8 - 1;
}
