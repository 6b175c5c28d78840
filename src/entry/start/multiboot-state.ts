import { type MemoryRange, memoryType } from '../../abi/memory-map.js';
import { GPR } from '../../abi/x86/registers.js';
import type { Machine } from '../../machine/machine.js';
import type { Layout } from './layout.js';
import { enterProtectedMode } from './protected-mode.js';
import type { BootInput } from './start.js';

/** What both versions of Multiboot have in common: the machine's state, modules, memory sizes. */

const { RAX, RBX } = GPR;
/** The loader's name, as it is handed over. */
export const LOADER_NAME = 'zeropage';
/** What GRUB's selectors are; kernels must not count on any. */
const SELECTORS = { code: 0x10, data: 0x18 } as const;
const MEBIBYTE = 0x100000;

/** Enters a kernel: `magic` in EAX, `info` in EBX, and no GDT that could be used. */
export function enterMultiboot(machine: Machine, magic: number, info: number, entry: number): void {
  const { cpu } = machine;
  enterProtectedMode(machine, SELECTORS);
  cpu.gdtr.base = 0n;
  cpu.gdtr.limit = 0;
  cpu.gpr[RAX] = BigInt(magic);
  cpu.gpr[RBX] = BigInt(info);
  cpu.rip = BigInt(entry);
}

/** A module in memory. */
export interface Module {
  readonly start: number;
  readonly end: number;
  readonly string: string;
}

/**
 * Puts what the user gives along on pages of its own, the first ones behind the kernel if there is room, else the first above
 * 1 MiB.
 */
export function putModules(layout: Layout, input: BootInput, kernelEnd: number): Module[] {
  const { initrd, initrds = initrd ? [initrd] : [], modules = [] } = input;
  const all = [...initrds.map((data) => ({ data, string: 'initrd' })), ...modules];
  return all.map(({ data, string }, index) => {
    const behind = layout.find(data.length, 0x1000, Math.max(kernelEnd, MEBIBYTE));
    const start = layout.low(`module ${index}`, data, undefined, behind ?? MEBIBYTE);
    return { start, end: start + data.length, string };
  });
}

/** mem_lower and mem_upper, in KiB. */
export function memorySizes(map: readonly MemoryRange[]): { mem_lower: number; mem_upper: number } {
  const from = (address: number): number => {
    const range = map.find(({ start, type }) => start === address && type === memoryType.ram);
    return Math.floor((range?.size ?? 0) / 1024);
  };
  return { mem_lower: Math.min(from(0), 640), mem_upper: from(MEBIBYTE) };
}
