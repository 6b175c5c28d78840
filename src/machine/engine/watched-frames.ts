/** What is seen of a physical page: nothing, writes, or reads too. */
const SEES = { NOTHING: 0, WRITES: 1, ALL: 2 } as const;

/** Told of an access to data, before it is carried out. `at` is a physical address; the bytes lie in one page. */
export type AccessListener = (at: number, bytes: number, write: boolean) => void;

/**
 * Physical pages whose accesses to data somebody wants to see. They stay out of the software TLBs, as those with breakpoints do;
 * nothing else changes. @unsaved a listener's
 */
export class WatchedFrames {
  /** By page; undefined while nothing is watched. */
  #sees: Uint8Array | undefined;
  #listener: AccessListener = () => {};

  constructor(
    readonly frames: number,
    /** Called when pages that may be in the TLBs are watched from now on. */
    readonly onWatch: () => void,
  ) {}

  /** There is one listener; it watches what is not watched yet. */
  listen(listener: AccessListener): void {
    this.#listener = listener;
  }

  /** Watches writes to the pages of a range, or reads and writes. */
  watch(start: number, bytes: number, reads: boolean): void {
    this.#sees ??= new Uint8Array(this.frames);
    const wanted = reads ? SEES.ALL : SEES.WRITES;
    for (let frame = start >>> 12; frame <= (start + bytes - 1) >>> 12; frame++)
      if (frame < this.frames && this.#sees[frame]! < wanted) this.#sees[frame] = wanted;
    this.onWatch();
  }

  /** Lets a page go, or its reads alone. It is entered into the TLBs when it is next accessed. */
  forget(frame: number, keepsWrites = false): void {
    if (this.#sees) this.#sees[frame] = keepsWrites ? SEES.WRITES : SEES.NOTHING;
  }

  seesReads(frame: number): boolean {
    return this.#sees !== undefined && this.#sees[frame] === SEES.ALL;
  }

  seesWrites(frame: number): boolean {
    return this.#sees !== undefined && this.#sees[frame]! > SEES.NOTHING;
  }

  /** An access to a page, reported if it is seen. */
  touch(frame: number, offset: number, bytes: number, write: boolean): void {
    if (write ? this.seesWrites(frame) : this.seesReads(frame))
      this.#listener(frame * 4096 + offset, Math.min(bytes, 4096 - offset), write);
  }
}
