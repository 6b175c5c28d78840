import type { KernelPlace } from '../../autopsy/kernel-place.js';
import { littleEndian } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import type { Btf } from '../../image/btf/btf.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import type { Machine } from '../../machine/machine.js';

/** Per-CPU variables in which Linux keeps what the processor has, by symbol and type (arch/x86/include/asm/tlbflush.h). */
export const keptVariables = [{ symbol: 'cpu_tlbstate', struct: 'tlb_state', member: 'cr4' }] as const;

/** What a kernel believes of its processor, by member (`cpu_tlbstate.cr4`); what cannot be found or read now is left out. */
export function keptOf(
  { cpu }: Machine,
  place: KernelPlace,
  symbols: SymbolTable,
  btf: Btf,
): Record<string, string> {
  const found = keptVariables.flatMap(({ symbol, struct, member }) => {
    const address = symbols.find(symbol);
    const field = btf.field(`struct ${struct}`, member);
    if (address === undefined || !field || cpu.codeBits !== 64) return [];
    // Linked at 0 up to Linux 6.14, since then among the kernel's other data; GS has the distance to this processor's.
    const moved = address >= place.start && address < place.end ? address + place.slide : address;
    const at = BigInt.asUintN(64, moved + cpu.segment.gs.base + BigInt(field.offset));
    const bytes = cpu.linear.peek(at, field.size);
    return bytes ? [[`${symbol}.${member}`, hex(littleEndian(bytes))] as const] : [];
  });
  return Object.fromEntries(found);
}
