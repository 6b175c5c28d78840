/** A decoded block, as the TypeScript side knows it. */
export class Block {
  valid = true;
  /** The next one in its chain of the index. */
  next: Block | undefined = undefined;
  #pc: bigint | undefined = undefined;

  constructor(
    readonly at: number,
    /** Linear page (signed) and offset of its first instruction. */
    readonly page: number,
    readonly offset: number,
    readonly mode: number,
    /** Physical page of its first byte, and of its last when that is another one; else -1. */
    readonly frame: number,
    readonly secondFrame: number,
    /** Offset one past its last byte, from the start of its first page. */
    readonly end: number,
    readonly count: number,
    /** Number of the mark at its first instruction; 0: none. */
    readonly mark: number,
  ) {}

  /** Linear address of its first instruction, signed. */
  get pc(): bigint {
    return (this.#pc ??= BigInt(this.page) * 4096n + BigInt(this.offset));
  }
}
