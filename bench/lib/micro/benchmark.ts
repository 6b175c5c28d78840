import type { Assembler } from '../../../src/stub/assembler/assembler.js';
import * as o from '../../../src/stub/assembler/operands.js';
import { imm } from '../../../src/stub/assembler/operands.js';

/** Work for the guest's processor or kernel that is timed from outside. */
export interface Benchmark {
  /** As it stands in the guest's marker lines. */
  readonly name: string;
  /** What one iteration is. */
  readonly iteration: string;
  /** How many make 0.2 to 0.5 s on QEMU's TCG. */
  readonly iterations: number;
  /** Bytes of its checksum, 8 unless told. */
  readonly checksumSize?: number;
  /**
   * Writes a routine that runs the work EDI times and leaves its checksum at `places.checksum`. It may change every register but
   * RSP. What else it needs stands behind it, under names that begin with its own.
   */
  write(a: Assembler, places: Places): void;
}

/** Memory that benchmarks share; all of it begins at a multiple of 4096, on pages without code. */
export interface Places {
  readonly checksum: o.Label;
  /** `copySize` bytes of numbers. */
  readonly source: o.Label;
  /** As many. */
  readonly target: o.Label;
  /** `messageSize` bytes of numbers, and 64 of zeros. */
  readonly message: o.Label;
  /** 4096 bytes for the routine that runs. */
  readonly scratch: o.Label;
}

export const copySize = 1 << 20;
export const messageSize = 1 << 16;

/** Knuth's linear congruential generator (MMIX): what memory is filled with and branches depend on. */
export const generator = {
  seed: 0x9e3779b97f4a7c15n,
  factor: 6364136223846793005n,
  addend: 1442695040888963407n,
};

/** Loads its seed and constants: RAX is the random number from now on, RCX and RBX are used up. */
export function loadGenerator({ code: c }: Assembler): void {
  c.mov(o.RAX, imm(generator.seed));
  c.mov(o.RCX, imm(generator.factor));
  c.mov(o.RBX, imm(generator.addend));
}

/** Makes RAX the next random number; the high bits are the random ones. */
export function nextRandom({ code: c }: Assembler): void {
  c.imul(o.RAX, o.RCX);
  c.add(o.RAX, o.RBX);
}
