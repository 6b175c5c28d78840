/** What is wanted of a physical page; a page can be wanted for both. */
const WANTED = { WRITES: 1, ALL: 2 } as const;

/** A page that is accessed more often than this, as it is wanted, has told what it will, or has other things on it. */
const MOST = 100_000;

/** Told of an access to data, before it is carried out. `at` is a physical address; the bytes lie in one page. */
export type AccessListener = (at: number, bytes: number, write: boolean) => void;

/**
 * Physical pages whose accesses to data somebody wants to see, until there are too many. They stay out of the software TLBs, as
 * those with breakpoints do; nothing else changes. @unsaved a listener's
 */
export class WatchedFrames {
  /** By page; undefined while nothing is watched. */
  #wanted: Uint8Array | undefined;
  readonly #listeners: AccessListener[] = [];
  /** How often pages were accessed in one way and the other while they were wanted so. */
  readonly #reported = { writes: new Map<number, number>(), all: new Map<number, number>() };

  constructor(
    readonly frames: number,
    /** Called when pages that may be in the TLBs are watched from now on. */
    readonly onWatch: () => void,
  ) {}

  /** Each listener is told of what any of them watches. */
  listen(listener: AccessListener): void {
    this.#listeners.push(listener);
  }

  /** Watches writes to the pages of a range, or reads and writes. */
  watch(start: number, bytes: number, reads: boolean): void {
    this.#wanted ??= new Uint8Array(this.frames);
    for (let frame = start >>> 12; frame <= (start + bytes - 1) >>> 12; frame++)
      if (frame < this.frames) this.#wanted[frame]! |= reads ? WANTED.ALL : WANTED.WRITES;
    this.onWatch();
  }

  /** Lets a page go that was watched so. It is entered into the TLBs when it is next accessed. */
  forget(frame: number, reads: boolean): void {
    if (this.#wanted) this.#wanted[frame]! &= ~(reads ? WANTED.ALL : WANTED.WRITES);
  }

  seesReads(frame: number): boolean {
    return this.#wanted !== undefined && (this.#wanted[frame]! & WANTED.ALL) !== 0;
  }

  seesWrites(frame: number): boolean {
    return this.#wanted !== undefined && this.#wanted[frame]! !== 0;
  }

  /** An access to a page, reported if it is seen. */
  touch(frame: number, offset: number, bytes: number, write: boolean): void {
    if (!(write ? this.seesWrites(frame) : this.seesReads(frame))) return;
    const wanted = this.#wanted![frame]!;
    if (wanted & WANTED.ALL) this.#count(frame, this.#reported.all, true);
    if (wanted & WANTED.WRITES && write) this.#count(frame, this.#reported.writes, false);
    for (const listener of this.#listeners)
      listener(frame * 4096 + offset, Math.min(bytes, 4096 - offset), write);
  }

  #count(frame: number, reported: Map<number, number>, reads: boolean): void {
    const times = (reported.get(frame) ?? 0) + 1;
    reported.set(frame, times);
    if (times > MOST) this.forget(frame, reads);
  }
}
