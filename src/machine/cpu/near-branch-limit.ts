import type { Cpu } from './cpu.js';
import { raise, VECTOR } from './fault.js';
import { FLAG } from './flags.js';
import type { Decoded, InstructionDescription } from './instruction.js';
import { conditions } from './instructions/conditions.js';

/** Does the condition `cc` of Jcc, 0–15, hold under RFLAGS? */
function holds(cc: number, flags: number): boolean {
  const less = ((flags & FLAG.SF) !== 0) !== ((flags & FLAG.OF) !== 0);
  const zero = (flags & FLAG.ZF) !== 0;
  const positive = [
    (flags & FLAG.OF) !== 0,
    (flags & FLAG.CF) !== 0,
    zero,
    zero || (flags & FLAG.CF) !== 0,
    (flags & FLAG.SF) !== 0,
    (flags & FLAG.PF) !== 0,
    less,
    zero || less,
  ][cc >> 1]!;
  return positive !== ((cc & 1) !== 0);
}

function execute(cpu: Cpu, instruction: Decoded, name: string): void {
  const { flags } = cpu;
  const bits = instruction.addressSize;
  const count = BigInt.asUintN(bits, cpu.gpr[1]!);
  let taken = true;
  let left: bigint | undefined;
  if (name === 'jcxz') taken = count === 0n;
  else if (name.startsWith('loop')) {
    left = BigInt.asUintN(bits, count - 1n);
    const zero = (flags & FLAG.ZF) !== 0;
    taken = left !== 0n && (name === 'loop' || zero === (name === 'loope'));
  } else if (name.startsWith('j') && name !== 'jmp') {
    taken = holds((conditions as readonly string[]).indexOf(name.slice(1)), flags);
  }
  if (taken) raise(VECTOR.GP, 0);
  if (left !== undefined) cpu.writeGpr(1, left, bits);
}

/**
 * What a near branch does whose target lies outside the code segment: #GP(0) when it is taken, before it has changed
 * anything. Such branches are found while decoding, so the others cost nothing.
 */
export function branchBeyondLimit({ name }: InstructionDescription): InstructionDescription {
  return { name, encodings: [], system: (cpu, instruction) => execute(cpu, instruction, name) };
}
