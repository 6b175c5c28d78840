import { FLAT } from '../../abi/x86/descriptors.js';
import type { Assembler } from '../assembler/assembler.js';
import { label } from '../assembler/operands.js';

/** Selectors of the GDT that every entry ends up with; the same as those of the Linux boot protocols. */
export const CODE_SELECTOR = 0x10;
export const DATA_SELECTOR = 0x18;

/** Flat, 64-bit code and data. */
const descriptors = [0n, 0n, FLAT.code64, FLAT.data];

/** Labels `gdt` and `gdt_pointer`, which LGDT takes in 32-bit and 64-bit code. */
export function writeGdt(a: Assembler): void {
  a.align(8);
  a.label('gdt');
  for (const descriptor of descriptors) a.u64(descriptor);
  a.label('gdt_pointer');
  a.u16(descriptors.length * 8 - 1);
  a.u64(label('gdt'));
}
