import { FLAT } from '../../abi/x86/descriptors.js';
import { GPR } from '../../abi/x86/registers.js';
import { Layout } from './layout.js';
import { BOOT_CS, BOOT_DS, loadLinux } from './load-linux.js';
import { enterProtectedMode, loadGdt } from './protected-mode.js';
import type { Start } from './start.js';
import { putZeroPage } from './zero-page.js';

const { RBX, RBP, RSI, RDI } = GPR;

/**
 * Start of day of the 32-bit Linux entry (docs/entries/linux32.md). A bzImage is entered where it was loaded, a vmlinux at its
 * ELF entry.
 */
export const startLinux32: Start = (machine, layer, claim, input) => {
  const layout = new Layout(machine, input.variant);
  const { entry, source } = loadLinux(layout, layer, claim, 0);
  const zeroPage = putZeroPage(layout, input, source);
  loadGdt(layout, [0n, 0n, FLAT.code32, FLAT.data]);

  const { cpu } = machine;
  enterProtectedMode(machine, { code: BOOT_CS, data: BOOT_DS });
  for (const register of [RBX, RBP, RDI]) cpu.gpr[register] = 0n;
  cpu.gpr[RSI] = BigInt(zeroPage);
  cpu.rip = BigInt(entry);
  return layout.places;
};
