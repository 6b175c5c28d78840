import type { Note } from '../machine/observe.js';

const word = 8;

/** A calling context on the way down to where the processor is. */
export interface Frame {
  /** Node of the tree. */
  readonly node: number;
  /** Row of its function. */
  readonly row: number;
  /** Calls below are not told apart: they are this node's. */
  readonly closed: boolean;
  /** It was jumped to or fallen into. */
  readonly outOfLine: boolean;
  /**
   * Where it returns to (that which jumped to it would, if it was jumped to), and the stack pointer at the entry that was called
   * for it; of an exception the one before it. Low halves.
   */
  readonly returnTo: number;
  readonly stack: number;
  /** Frames that are left when it returns. */
  readonly below: number;
  /** Set where an exception or interrupt began: what was known then of a transfer that was still to come. */
  readonly interrupted?: Note;
}

/** The contexts of one task, the innermost last. */
export class CallStack {
  readonly frames: Frame[] = [];
  /** Places of the exceptions among them. */
  readonly #exceptions: number[] = [];

  get top(): Frame | undefined {
    return this.frames[this.frames.length - 1];
  }

  get length(): number {
    return this.frames.length;
  }

  push(frame: Frame): void {
    if (frame.interrupted) this.#exceptions.push(this.frames.length);
    this.frames.push(frame);
  }

  /** Drops all but so many frames. */
  cut(length: number): void {
    this.frames.length = length;
    const exceptions = this.#exceptions;
    while (exceptions.length > 0 && exceptions[exceptions.length - 1]! >= length) exceptions.pop();
  }

  /**
   * A return to an address (low half); false when nobody waits there, as of one that is used as a jump. The stack says nothing: entry code
   * that saves the registers moves the address it was called from (error_entry).
   */
  return(to: number): boolean {
    const { frames } = this;
    const least = this.#exceptions[this.#exceptions.length - 1] ?? 0;
    for (let i = frames.length - 1; i > least; i = frames[i]!.below - 1) {
      if (frames[i]!.returnTo !== to) continue;
      this.cut(frames[i]!.below);
      return true;
    }
    return false;
  }

  /**
   * The innermost exception is over if the stack pointer is where it began, or a word beside (Linux makes calls for INT3): its
   * frame. What the processor pushed for it is more than a word.
   */
  endException(stack: number): Frame | undefined {
    const at = this.#exceptions[this.#exceptions.length - 1];
    if (at === undefined) return undefined;
    const frame = this.frames[at]!;
    if (Math.abs((stack - frame.stack) | 0) > word) return undefined;
    this.cut(at);
    return frame;
  }

  /** Functions that have jumped away and go on, since something is entered from inside them (`holds`). */
  resume(holds: (row: number) => boolean): void {
    const { frames } = this;
    for (let i = frames.length - 1; i > 0 && frames[i]!.outOfLine; i--) {
      if (!holds(frames[i - 1]!.row)) continue;
      this.cut(i);
      return;
    }
  }
}
