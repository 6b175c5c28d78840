import { CR0, CR4, EFER } from '../abi/x86/control-registers.js';
import { hex } from '../core/errors.js';
import type { Machine } from '../machine/machine.js';
import type { Cpu } from '../machine/x86/cpu.js';
import type { DecodedWithEncoding } from '../machine/x86/decoder/decoder.js';
import { badPdpte, validCr4 } from '../machine/x86/instructions/control-registers.js';

/** Numbers of bits by name, of CR4. */
const cr4Names = Object.entries(CR4);

/**
 * Why the processor refuses to load a control register (Intel SDM vol. 2, MOV to control registers), in words; undefined for another
 * instruction. The registers are still those of the fault.
 */
export function refusedControl(
  { cpu }: Machine,
  instruction: DecodedWithEncoding | undefined,
): string | undefined {
  const [control, source] = instruction?.operands ?? [];
  if (control?.kind !== 'control' || source?.kind !== 'gpr' || cpu.cpl !== 0) return undefined;
  const value = cpu.readGpr(source.number, cpu.codeBits === 64 ? 64 : 32);
  const register = `CR${control.number}`;
  const why = refusals[control.number]?.(cpu, value);
  return `${register} does not take ${hex(value)}${why ? `: ${why}` : ''}`;
}

function refusedCr0(cpu: Cpu, value: bigint): string | undefined {
  const has = (bit: number): boolean => (Number(BigInt.asIntN(32, value)) & bit) !== 0;
  if (value >> 32n) return beyond32;
  if (has(CR0.PG) && !has(CR0.PE)) return 'there is no paging (PG) without protection (PE)';
  if (has(CR0.NW) && !has(CR0.CD)) return 'NW needs CD';
  if (has(CR0.PG) === cpu.cr0 < 0) return undefined;
  if (!has(CR0.PG)) return 'paging cannot be switched off in 64-bit mode, nor with CR4.PCIDE';
  if (!(cpu.efer & EFER.LME)) return noPdptes(cpu, cpu.cr3);
  if (!(cpu.cr4 & CR4.PAE)) return 'EFER.LME asks for long mode, whose paging needs CR4.PAE, which is clear';
  return 'long mode cannot begin in a 64-bit code segment';
}

function refusedCr3(cpu: Cpu, value: bigint): string | undefined {
  return cpu.longMode ? 'the address is beyond what the processor has' : noPdptes(cpu, value);
}

function refusedCr4(cpu: Cpu, value: bigint): string | undefined {
  if (value >> 32n) return beyond32;
  const bits = Number(BigInt.asIntN(32, value));
  const lacking = bits & ~validCr4(cpu);
  const names = cr4Names.filter(([, bit]) => bit & lacking).map(([name]) => name);
  if (lacking) return `this processor has no ${names.length > 0 ? names.join(', ') : hex(lacking >>> 0)}`;
  if (cpu.longMode && !(bits & CR4.PAE)) return 'long mode needs PAE, which cannot be cleared in it';
  if (cpu.longMode && (bits ^ cpu.cr4) & CR4.LA57) return 'LA57 cannot be changed in long mode';
  if (bits & CR4.PCIDE && !(cpu.cr4 & CR4.PCIDE))
    return 'PCIDE needs long mode, and a CR3 whose low 12 bits are clear';
  return noPdptes(cpu, cpu.cr3);
}

const refusals: Readonly<Record<number, typeof refusedCr0 | undefined>> = {
  0: refusedCr0,
  3: refusedCr3,
  4: refusedCr4,
};

const beyond32 = 'its high half must be clear';

/** PAE paging does not begin: CR3 is not of its form. */
function noPdptes(cpu: Cpu, cr3: bigint): string | undefined {
  const bad = badPdpte(cpu, cr3);
  if (!bad) return undefined;
  return `CR4.PAE is set, and at ${hex(cr3)}, where CR3 points, there are no page tables for that: PDPTE ${bad.index} is ${hex(bad.value)}, which has reserved bits`;
}
