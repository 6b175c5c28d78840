import { CR4 } from '../../abi/x86/control-registers.js';
import { meeting } from '../../trace/before.js';
import type { Recording } from '../../trace/recording.js';

/** A system register that is otherwise, as 0x-hex. */
export interface DifferentRegister {
  readonly name: string;
  readonly plain: string;
  readonly varied: string;
}

/**
 * What a kernel that is about to do its work has set up for all processors alike, most telling first, and bits that it leaves as
 * they are: to clear MCE may fault where machine checks are enforced (Linux arch/x86/kernel/head_64.S).
 */
const compared = [
  { name: 'cr4', kept: CR4.MCE },
  { name: 'cr0', kept: 0 },
  { name: 'efer', kept: 0 },
  { name: 'rflags', kept: 0 },
] as const;

/** Registers that differ where all paths of Linux meet; none where a boot does not get there. */
export function differentRegisters(plain: Recording, varied: Recording): DifferentRegister[] {
  const [before, after] = [registersAt(plain), registersAt(varied)];
  if (!before || !after) return [];
  return compared.flatMap(({ name, kept }) => {
    const [usual, other] = [before[name], after[name]];
    if (usual === undefined || other === undefined) return [];
    const differs = ((Number(usual) ^ Number(other)) & ~kept) !== 0;
    return differs ? [{ name, plain: usual, varied: other }] : [];
  });
}

function registersAt({ states }: Recording): Readonly<Record<string, string>> | undefined {
  return states.find(({ waypoint }) => waypoint === meeting)?.registers;
}
