import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { Machine } from '../machine/machine.js';
import type { Block } from '../machine/observe.js';
import { initCode } from './init/program.js';

/**
 * What proves that a boot reached userspace. Neither does code at CPL 3, where the kernel of a Xen domain runs too, nor a text
 * on the console, which anybody can print and which goes wherever `console=` sends it.
 */
export type UserspaceProof =
  /** The generated init runs: its bytes, at its address, as a program. */
  | { readonly by: 'own-init'; readonly bits: 32 | 64 }
  /** A program runs after Linux went to start init: after this function of the kernel. */
  | { readonly by: 'first-program'; readonly after: string };

/** Functions that kernel_init calls right before it executes init, the better one first (Linux init/main.c). */
const beforeInit = ['run_init_process', 'free_initmem'];

/**
 * The proof for Linux, whose init is ours, for so many bits, or somebody else's. Undefined where the kernel's symbols do not
 * lead to one.
 */
export function userspaceProof(
  init: 32 | 64 | 'foreign',
  symbols: SymbolTable | undefined,
): UserspaceProof | undefined {
  if (init !== 'foreign') return { by: 'own-init', bits: init };
  const there = symbols?.findFew(beforeInit);
  const after = beforeInit.find((name) => there?.has(name));
  return after === undefined ? undefined : { by: 'first-program', after };
}

/** Whether a block that is decoded for its first run is that proof. */
export function isUserspace(
  proof: UserspaceProof,
  block: Block,
  machine: Machine,
  passed: (name: string) => boolean,
): boolean {
  if (!machine.cpu.userMode) return false;
  if (proof.by === 'first-program') return passed(proof.after);
  const { address, code } = initCode(proof.bits);
  if (BigInt.asUintN(64, block.pc) !== address) return false;
  const at = block.frame * 4096 + block.offset;
  return code.every((byte, i) => machine.memory.guest[at + i] === byte);
}
