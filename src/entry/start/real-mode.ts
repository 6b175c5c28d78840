import { CR0 } from '../../abi/x86/control-registers.js';
import type { Machine } from '../../machine/machine.js';

/** Real-address mode as a BIOS leaves it: segments of 64 KiB, the interrupt vectors at 0, interrupts off. */
export function enterRealMode({ cpu }: Machine, segments: { code: number; data: number }): void {
  cpu.setCr4(0);
  cpu.setCr0(CR0.ET);
  const { code, data } = segments;
  const real = (selector: number, access: number) => ({
    selector,
    base: BigInt(selector) * 16n,
    limit: 0xffff,
    access,
  });
  cpu.segment.cs.value = real(code, 0x9b);
  for (const name of ['ds', 'es', 'fs', 'gs', 'ss'] as const) cpu.segment[name].value = real(data, 0x93);
  cpu.idtr.base = 0n;
  cpu.idtr.limit = 0x3ff;
  cpu.flags = 2;
}
