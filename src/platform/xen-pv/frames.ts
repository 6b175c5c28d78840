import type { Put, Saved } from '../../machine/saved.js';
import type { Cpu } from '../../machine/x86/cpu.js';

/**
 * What a frame is used as. A frame has one type at a time; it can be given another only when nobody uses it as the old one,
 * so that no guest ever has a writable mapping of a page table (Xen arch/x86/include/asm/mm.h, PGT_*).
 */
export const FRAME = { none: 0, l1: 1, l2: 2, l3: 3, l4: 4, descriptors: 5, writable: 6 } as const;

export type FrameType = (typeof FRAME)[keyof typeof FRAME];

/** Whose a frame is. `shared`: Xen's, mapped by the guest as it likes; `readable`: Xen's, to be read only. */
export const OWNER = { xen: 0, guest: 1, shared: 2, readable: 3 } as const;

/** As far as the counts go. */
const MOST_LINEAR = 0x7fff;

/** Types and reference counts of all frames of a machine. */
export class Frames implements Saved {
  readonly count: number;
  readonly owner: Uint8Array;
  readonly type: Uint8Array;
  /** Uses as that type. */
  readonly uses: Uint32Array;
  /** Mappings of any kind. */
  readonly references: Uint32Array;
  readonly pinned: Uint8Array;
  /** The contents were checked for the type. */
  readonly validated: Uint8Array;
  /** Above 0: entries here that lead to other tables of the same level. Below 0: such entries elsewhere that lead here. */
  readonly linear: Int16Array;
  /** The TLB flush count when the last writable mapping went. */
  readonly #writableUntil: Uint32Array;
  #flushes = 1;

  constructor(
    readonly cpu: Cpu,
    bytes: number,
  ) {
    this.count = Math.floor(bytes / 4096);
    this.owner = new Uint8Array(this.count);
    this.type = new Uint8Array(this.count);
    this.uses = new Uint32Array(this.count);
    this.references = new Uint32Array(this.count);
    this.pinned = new Uint8Array(this.count);
    this.validated = new Uint8Array(this.count);
    this.linear = new Int16Array(this.count);
    this.#writableUntil = new Uint32Array(this.count);
  }

  save(put: Put): void {
    const { owner, type, uses, references, pinned, validated, linear } = this;
    const counts = [uses, references, pinned, validated, new Uint8Array(linear.buffer), this.#writableUntil];
    for (const values of [owner, type, ...counts]) put(values);
    put(this.#flushes);
  }

  isGuests(frame: number): boolean {
    return frame < this.count && this.owner[frame] === OWNER.guest;
  }

  /** Takes one more use as writable memory; false when the frame is something else. */
  getWritable(frame: number): boolean {
    if (this.uses[frame] === 0) {
      this.type[frame] = FRAME.writable;
      this.validated[frame] = 0;
    } else if (this.type[frame] !== FRAME.writable) return false;
    this.uses[frame]!++;
    return true;
  }

  putWritable(frame: number): void {
    if (--this.uses[frame]! === 0) this.#writableUntil[frame] = this.#flushes;
  }

  /**
   * A table gets an entry that leads to another one of its level; false where that cannot be. No table leads to others so and
   * is led to: chains of them could not be let go in one go.
   */
  addLinear(from: number, to: number): boolean {
    const { linear } = this;
    if (linear[from]! < 0 || linear[from] === MOST_LINEAR) return false;
    if (linear[to]! > 0 || linear[to] === -MOST_LINEAR) return false;
    linear[from]!++;
    linear[to]!--;
    return true;
  }

  dropLinear(from: number, to: number): void {
    this.linear[from]!--;
    this.linear[to]!++;
  }

  /** A frame is about to become what must not be written: no TLB may still say otherwise. */
  forbidWrites(frame: number): void {
    if (this.#writableUntil[frame] === this.#flushes) this.flush();
  }

  flush(): void {
    this.cpu.flushTlb();
    this.#flushes++;
  }

  /** The TLB was flushed by other means. */
  flushed(): void {
    this.#flushes++;
  }
}
