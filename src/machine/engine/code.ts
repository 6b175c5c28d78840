import type { Flow } from './flow.js';

/** The guest's code as an instruction set reads it: instruction by instruction, each first read and then written as a record. */
export interface Code {
  /** Number of the mode that code is in now: blocks of one mode are of no use in another. */
  readonly mode: number;
  /** Physical page of a linear code page; raises a fault. */
  fetchFrame(page: number, offset: number): number;
  /** Raises a fault unless code may be fetched from `bytes` at a linear address (limits of segments). */
  checkFetch(page: number, offset: number, bytes: number): void;
  /** The next instruction to be read is the one at a linear address: the first of a block. */
  begin(page: number, offset: number): void;
  /**
   * Reads the next instruction, which begins at `start` of `bytes`; those before `end` are at hand. Its length; 0: it
   * needs more bytes; less: it cannot be executed, for `refuse`. `distance`: bytes from the block's start.
   */
  read(bytes: Uint8Array, start: number, end: number, distance: number): number;
  /** Raises the fault of an instruction that cannot be executed, by what `read` gave. */
  refuse(problem: number): never;
  /**
   * Writes what was read as the record at `at`, number `place` of its block. How many records' room what ends a block
   * takes behind it; 0 when the block goes on.
   */
  write(at: number, place: number, distance: number): number;
  /** Linear address of the next instruction, in signed halves. */
  readonly nextLow: number;
  readonly nextHigh: number;
  /** All blocks are forgotten. */
  forget(): void;
  /** How control goes on behind the instruction of a record. */
  flow(rec: number): Flow;
  /** Most bytes of an instruction. */
  readonly longest: number;
}
