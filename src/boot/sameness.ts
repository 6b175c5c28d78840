import { GPR } from '../abi/x86/registers.js';
import type { Machine } from '../machine/machine.js';

/** Instructions between two samples, a prime so that no loop keeps step with it, and how many there are. */
const EVERY = 1009;
const samples = 1000;
/** Bytes of the stack that belong to a sample, above and below its pointer; programs keep variables below it. */
const stack = { above: 256, below: 128 } as const;

/**
 * Tells waiting from working. A loop that waits goes through the same few states again and again: instruction, registers and the
 * top of the stack are the same as some round before. One that computes, or reads a clock, is in a new state each time.
 */
export class Sameness {
  readonly #seen = new Set<number>();
  #taken = 0;
  #repeated = 0;

  constructor(readonly machine: Machine) {}

  /** Instructions to the next sample. */
  get step(): number {
    return EVERY;
  }

  /** Takes a sample; true as soon as it is known that the guest waits, false that it works. */
  look(): boolean | undefined {
    const found = this.#fingerprint();
    if (this.#seen.has(found)) this.#repeated++;
    this.#seen.add(found);
    this.#taken++;
    if (this.#taken < samples) return undefined;
    return this.#repeated * 2 > this.#taken;
  }

  /** 53 bits over the state, FNV-1a's way. */
  #fingerprint(): number {
    const { cpu, memory } = this.machine;
    let [low, high] = [0x811c9dc5, 0x1000193];
    const word = (value: number): void => {
      low = Math.imul(low ^ value, 0x01000193);
      high = Math.imul(high ^ value, 0x5bd1e995) ^ (high >>> 15);
    };
    word(Number(BigInt.asIntN(32, cpu.rip)));
    for (const words of cpu.registerWords) words.forEach(word);
    const below = cpu.userMode ? stack.below : 0;
    const from =
      BigInt.asUintN(64, cpu.readGpr(GPR.RSP, cpu.codeBits === 64 ? 64 : 32) - BigInt(below)) & ~3n;
    const frame = cpu.walker.peek(Number(BigInt.asIntN(64, from) >> 12n));
    const offset = Number(from & 0xfffn);
    if (frame !== undefined && memory.isRam(frame * 4096)) {
      const at = frame * 4096 + offset;
      const bytes = Math.min(below + stack.above, 4096 - offset);
      memory.guestWords.subarray(at >>> 2, (at + bytes) >>> 2).forEach(word);
    }
    return (low >>> 0) * 0x200000 + ((high >>> 0) & 0x1fffff);
  }
}
