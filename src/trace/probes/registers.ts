import { MSR } from '../../abi/x86/msr.js';
import type { Machine } from '../../machine/machine.js';
import type { PlatformInstance } from '../../platform/platform.js';

const general = [
  ...['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'],
  ...['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'],
];

type Read = (machine: Machine) => bigint;

/** Registers by the names that expressions have for them. */
const readers: Readonly<Record<string, Read>> = {
  ...Object.fromEntries(general.map((name, number): [string, Read] => [name, ({ cpu }) => cpu.gpr[number]!])),
  rip: ({ cpu }) => BigInt.asUintN(64, cpu.rip),
  rflags: ({ cpu }) => BigInt(cpu.flags >>> 0),
  cr0: ({ cpu }) => BigInt(cpu.cr0 >>> 0),
  cr2: ({ cpu }) => cpu.cr2,
  cr3: ({ cpu }) => cpu.cr3,
  cr4: ({ cpu }) => BigInt(cpu.cr4 >>> 0),
  efer: ({ cpu }) => BigInt(cpu.efer >>> 0),
  cpl: ({ cpu }) => BigInt(cpu.cpl),
  'gdt.base': ({ cpu }) => BigInt(cpu.gdtr.base),
  'gdt.limit': ({ cpu }) => BigInt(cpu.gdtr.limit),
  'idt.base': ({ cpu }) => BigInt(cpu.idtr.base),
  'idt.limit': ({ cpu }) => BigInt(cpu.idtr.limit),
  'fs.base': ({ cpu }) => cpu.segment.fs.base,
  'gs.base': ({ cpu }) => cpu.segment.gs.base,
};

export const registerNames: readonly string[] = Object.keys(readers);

/** A register as the guest's kernel reads it: under Xen PV some are not the processor's. */
export function readRegister(name: string, machine: Machine, platform: PlatformInstance): bigint {
  return BigInt.asUintN(64, platform.registers?.()[name] ?? readers[name]!(machine));
}

/** What the kernel adds to per-CPU addresses: the base of GS, in 32-bit kernels of FS, also while a program runs. */
export function perCpuBase(machine: Machine, platform: PlatformInstance, word: 4 | 8): bigint {
  const { cpu } = machine;
  if (word === 4) return cpu.segment.fs.base;
  if (!cpu.userMode) return BigInt.asUintN(64, cpu.segment.gs.base);
  return BigInt.asUintN(
    64,
    platform.registers?.()['kernel gs.base'] ?? cpu.msr.get(MSR.KERNEL_GS_BASE) ?? 0n,
  );
}
