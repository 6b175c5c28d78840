import { STARTUP_64 } from '../../abi/setup-header.js';
import { CR0, CR4, EFER } from '../../abi/x86/control-registers.js';
import { FLAT } from '../../abi/x86/descriptors.js';
import { GPR } from '../../abi/x86/registers.js';
import type { Machine } from '../../machine/machine.js';
import { setFlatSegments } from '../../machine/x86/segments/segments.js';
import { Layout } from './layout.js';
import { BOOT_CS, BOOT_DS, loadLinux } from './load-linux.js';
import { loadGdt } from './protected-mode.js';
import type { Start } from './start.js';
import { putZeroPage } from './zero-page.js';

const { RSI } = GPR;

/**
 * Start of day of the 64-bit Linux entry (docs/entries/linux64.md). A bzImage is entered 0x200 behind where it was loaded, a
 * vmlinux at its ELF entry.
 */
export const startLinux64: Start = (machine, layer, claim, input) => {
  const layout = new Layout(machine, input.variant);
  const { entry, source } = loadLinux(layout, layer, claim, STARTUP_64);
  const zeroPage = putZeroPage(layout, input, source);
  enterLongMode(machine, layout);
  machine.cpu.gpr[RSI] = BigInt(zeroPage);
  machine.cpu.rip = BigInt(entry);
  return layout.places;
};

/** 64-bit mode with the first 4 GiB mapped one to one in pages of 2 MiB, and the GDT that the protocol wants. */
function enterLongMode(machine: Machine, layout: Layout): void {
  const { cpu, memory } = machine;
  const view = memory.guestView;
  const tables = layout.low('page tables', 6 * 0x1000);
  // PML4, one PDPT, four page directories.
  view.setBigUint64(tables, BigInt(tables + 0x1000) | 3n, true);
  for (let i = 0; i < 4; i++) {
    view.setBigUint64(tables + 0x1000 + i * 8, BigInt(tables + 0x2000 + i * 0x1000) | 3n, true);
  }
  for (let i = 0; i < 2048; i++) view.setBigUint64(tables + 0x2000 + i * 8, (BigInt(i) << 21n) | 0x83n, true);
  loadGdt(layout, [0n, 0n, FLAT.code64, FLAT.data]);
  cpu.setCr4(CR4.PAE);
  cpu.setEfer(EFER.LME);
  cpu.setCr3(BigInt(tables));
  cpu.setCr0(CR0.PE | CR0.PG);
  setFlatSegments(cpu, { bits: 64, code: BOOT_CS, data: BOOT_DS });
  cpu.flags = 2;
}
