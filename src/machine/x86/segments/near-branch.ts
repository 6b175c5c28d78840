import { FLAG } from '../../../abi/x86/flags.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { isCanonical } from '../canonical.js';
import { raise } from '../exceptions/fault.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import { conditions } from '../instructions/conditions.js';
import type { Processor } from '../processor.js';
import { peekValues, pushValues, releaseStack, returnOffset } from './far-transfer.js';

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

/** Where a near branch goes when it is taken: a linear address. Relative operands are that already. */
function targetOf(cpu: Processor, instruction: Decoded, name: string): bigint {
  const operand = instruction.operands[0];
  if (operand?.kind === 'relative') return operand.value;
  const bytes = instruction.size / 8;
  const offset = name === 'ret' ? peekValues(cpu, bytes, 1)[0]! : cpu.readOperand(instruction, 0);
  return offset + BigInt(cpu.csBase);
}

/** #GP(0) unless code can be at a linear address. */
function checkTarget(cpu: Processor, target: bigint): void {
  const inside =
    cpu.codeBits === 64
      ? isCanonical(cpu, Number(BigInt.asIntN(32, target >> 32n)))
      : Number(BigInt.asUintN(32, target - BigInt(cpu.csBase))) <= cpu.codeLimit;
  if (!inside) raise(VECTOR.GP, 0);
}

function execute(cpu: Processor, instruction: Decoded, name: string): void {
  const { flags } = cpu;
  const bits = instruction.addressSize;
  const bytes = instruction.size / 8;
  const count = BigInt.asUintN(bits, cpu.gpr[GPR.RCX]!);
  let taken = true;
  let left: bigint | undefined;
  if (name === 'jcxz') taken = count === 0n;
  else if (name.startsWith('loop')) {
    left = BigInt.asUintN(bits, count - 1n);
    const zero = (flags & FLAG.ZF) !== 0;
    taken = left !== 0n && (name === 'loop' || zero === (name === 'loope'));
  } else if (name.startsWith('j') && name !== 'jmp' && name !== 'jmpr') {
    taken = holds((conditions as readonly string[]).indexOf(name.slice(1)), flags);
  }
  const target = taken ? targetOf(cpu, instruction, name) : instruction.next;
  if (taken) checkTarget(cpu, target);
  if (left !== undefined) cpu.writeGpr(GPR.RCX, left, bits);
  if (name === 'call' || name === 'callr') pushValues(cpu, bytes, [returnOffset(cpu, instruction)]);
  if (name === 'ret') {
    const released = instruction.operands.length ? Number(cpu.readOperand(instruction, 0)) : 0;
    releaseStack(cpu, bytes + released);
  }
  cpu.jumpTo(target);
}

/**
 * A near branch in TypeScript, where generated code would not be exact: its target lies outside the code segment, or is not
 * canonical (#GP(0) when it is taken, before it has changed anything), or it is a 16-bit one in 64-bit mode. Such branches
 * are found while decoding, so the others cost nothing.
 */
export function unusualBranch({ name }: InstructionDescription): InstructionDescription {
  return { name, encodings: [], system: (cpu, instruction) => execute(cpu, instruction, name) };
}
