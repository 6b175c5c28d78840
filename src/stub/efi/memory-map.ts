import { efiMemoryDescriptor, efiMemoryType } from '../../abi/efi.js';
import { memoryType } from '../../abi/memory-map.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, imm, label, mem, qword } from '../assembler/operands.js';
import { at } from '../common/fields.js';

/** AddressRangePersistentMemory (ACPI 6.4, 15). */
const PERSISTENT = 7;

/** Address range types by EFI memory type (ACPI 6.4, table 15.6, for a system whose boot services were left). */
const types: Readonly<Partial<Record<keyof typeof efiMemoryType, number>>> = {
  EfiLoaderCode: memoryType.ram,
  EfiLoaderData: memoryType.ram,
  EfiBootServicesCode: memoryType.ram,
  EfiBootServicesData: memoryType.ram,
  EfiConventionalMemory: memoryType.ram,
  EfiUnusableMemory: memoryType.unusable,
  EfiACPIReclaimMemory: memoryType.acpi,
  EfiACPIMemoryNVS: memoryType.nvs,
  EfiPersistentMemory: PERSISTENT,
};
const count = Object.keys(efiMemoryType).length;

/** Part `efi_memory_map`: the map of efi_exit becomes memory ranges, neighbours of one type joined. */
export function writeMemoryMap(a: Assembler): void {
  const { code: c } = a;
  const descriptor = (name: keyof typeof efiMemoryDescriptor.fields) => at(efiMemoryDescriptor, o.R10, name);
  a.part('efi_memory_map', () => {
    const [next, known, apart, end] = ['next', 'known', 'apart', 'end'].map((name) => a.local(name)) as [
      o.Label,
      o.Label,
      o.Label,
      o.Label,
    ];
    c.mov(o.R10, qword(label('efi_map')));
    c.mov(o.R11, qword(label('efi_map_size')));
    c.add(o.R11, o.R10);
    // The range so far: RAX, RDX and ECX, as add_memory_range takes it; an empty one it leaves out.
    c.xor(o.EAX, o.EAX);
    c.xor(o.EDX, o.EDX);
    c.xor(o.ECX, o.ECX);
    a.at(next);
    c.lea(o.RSI, mem(o.R10, efiMemoryDescriptor.size));
    c.cmp(o.RSI, o.R11);
    c.ja(end);
    c.mov(o.ESI, descriptor('Type'));
    c.mov(o.EBP, imm(memoryType.reserved));
    c.cmp(o.ESI, imm(count));
    c.jae(known);
    c.lea(o.RDI, mem(label('efi_range_types')));
    c.movzx(o.EBP, byte(o.RDI, 0, o.RSI));
    a.at(known);
    c.mov(o.RSI, descriptor('PhysicalStart'));
    c.mov(o.RDI, descriptor('NumberOfPages'));
    c.shl(o.RDI, imm(12));
    c.add(o.R10, qword(label('efi_descriptor_size')));
    c.lea(o.R8, mem(o.RAX, 0, o.RDX));
    c.cmp(o.R8, o.RSI);
    c.jne(apart);
    c.cmp(o.ECX, o.EBP);
    c.jne(apart);
    c.add(o.RDX, o.RDI);
    c.jmp(next);
    a.at(apart);
    c.call(label('add_memory_range'));
    c.mov(o.RAX, o.RSI);
    c.mov(o.RDX, o.RDI);
    c.mov(o.ECX, o.EBP);
    c.jmp(next);
    a.at(end);
    c.call(label('add_memory_range'));
    c.ret();
  });
  a.label('efi_range_types');
  const names = Object.entries(efiMemoryType).sort(([, x], [, y]) => x - y) as [
    keyof typeof efiMemoryType,
    number,
  ][];
  a.bytes(names.map(([name]) => types[name] ?? memoryType.reserved));
}
