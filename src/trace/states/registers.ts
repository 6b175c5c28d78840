import { hex } from '../../core/errors.js';
import type { Machine } from '../../machine/machine.js';

/** The processor's system registers; under Xen PV its own, which are the hypervisor's. */
export function systemRegisters({ cpu }: Machine): Record<string, string> {
  const { cr0, cr2, cr3, cr4, efer, systemFlags, cpl, gdtr, idtr } = cpu;
  const registers = {
    cr0: cr0 >>> 0,
    cr2,
    cr3,
    cr4: cr4 >>> 0,
    efer: efer >>> 0,
    rflags: systemFlags >>> 0,
    cpl,
    'gdt.base': gdtr.base,
    'gdt.limit': gdtr.limit,
    'idt.base': idtr.base,
    'idt.limit': idtr.limit,
  };
  return Object.fromEntries(Object.entries(registers).map(([name, value]) => [name, hex(value)]));
}
