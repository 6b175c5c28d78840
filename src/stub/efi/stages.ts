import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { label } from '../assembler/operands.js';
import { efiFunction } from './call.js';

/** Part `efi_stages`: calls functions of the payload that want boot services. */
export function writeEfiStages(a: Assembler, names: readonly string[] = []): void {
  const { code: c } = a;
  efiFunction(a, 'efi_stages', () => {
    for (const name of names) {
      c.mov(o.RCX, o.R14);
      c.mov(o.RDX, o.R12);
      c.call(label(name));
    }
  });
}
