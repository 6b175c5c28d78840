import type { Moment } from '../learned/moment.js';
import { Written } from './written.js';

/** A function that writes an object. */
export class Writer {
  last: number;
  /** Whether it wrote a byte that is not zero, and one that was another before. */
  nonZero = false;
  changed = false;
  readonly written: Written;

  constructor(
    readonly object: number,
    /** Row. */
    readonly row: number,
    /** Retired before it first did. */
    readonly first: number,
    /** Of one that writes for its caller. */
    readonly moment: Moment | undefined,
    size: number,
  ) {
    this.last = first;
    this.written = new Written(size);
  }

  /** Takes what another writer of the object did. */
  join(other: Writer): void {
    this.last = Math.max(this.last, other.last);
    this.nonZero ||= other.nonZero;
    this.changed ||= other.changed;
    this.written.join(other.written);
  }
}
