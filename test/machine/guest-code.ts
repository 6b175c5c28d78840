import { Assembler, type Instructions } from '../../src/stub/assembler/assembler.js';
import { type Guest, place } from './guest.js';

/** Operands of the instructions. */
export * as o from '../../src/stub/assembler/operands.js';

/** Writes a program in calls: `code` adds instructions, `a` labels and data. */
export type Write = (code: Instructions, a: Assembler) => void;

/** Puts a program at an address of a guest; the addresses of its labels. */
export function putCode(
  guest: Guest,
  write: Write,
  { at = place.code, bits = 64 }: { at?: number; bits?: 16 | 32 | 64 } = {},
): (label: string) => bigint {
  const a = new Assembler();
  a.bits(bits);
  write(a.code, a);
  const program = a.assemble(at);
  guest.memory.ram(at, program.bytes.length).set(program.bytes);
  return (label) => program.address(label);
}
