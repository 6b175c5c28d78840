import type { Machine } from '../machine/machine.js';
import type { Block } from '../machine/observe.js';

/** Bytes of zeros that were executed one behind the other when nobody can mean it any more: 32 times add %al,(%rax). */
const enough = 64;

/**
 * Notices that a guest lost its way into memory that nobody has written: zeros, each two of which are an instruction that
 * does no harm, so that a processor may go on there for minutes. Calls `onLost` then, once.
 */
export class EmptyMemoryWatch {
  /** Where the first of the zeros is, as a linear address, and the instructions retired before it. */
  lost: { readonly address: bigint; readonly instruction: number } | undefined;
  #first: { readonly address: bigint; readonly instruction: number } | undefined;
  /** Linear address behind the zeros that were decoded last. */
  #next = 0n;

  constructor(
    readonly machine: Machine,
    private readonly onLost: () => void,
  ) {
    machine.cpu.blocks.onDecoded.push((block) => this.#decoded(block));
  }

  #decoded(block: Block): void {
    if (this.lost || !this.#isEmpty(block)) return;
    const pc = BigInt.asUintN(64, block.pc);
    // What it writes to itself makes it be decoded again, in smaller pieces.
    const goesOn = this.#first !== undefined && pc > this.#first.address && pc <= this.#next;
    if (!goesOn) this.#first = { address: pc, instruction: this.machine.instructions };
    this.#next = pc + BigInt(block.end - block.offset);
    // What lies before this block has been executed; this one may still fault.
    if (pc - this.#first!.address < BigInt(enough)) return;
    this.lost = this.#first;
    this.onLost();
  }

  /** Judged by what lies in its first page. */
  #isEmpty({ frame, offset, end }: Block): boolean {
    const { memory } = this.machine;
    if (!memory.isRam(frame * 4096)) return false;
    const at = frame * 4096;
    const last = at + Math.min(end, 4096);
    for (let byte = at + offset; byte < last; byte++) if (memory.guest[byte] !== 0) return false;
    return true;
  }
}
