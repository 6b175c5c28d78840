/** Told of an access to data, before it is carried out. `at` is a physical address; the bytes lie in one page. */
export type AccessListener = (at: number, bytes: number, write: boolean) => void;

/** A page that is accessed more often than this has told what it will, or has other things on it. */
const usualMost = 100_000;
/** Bits of a byte. */
const mostWatches = 8;

export interface WatchOptions {
  /** Reads, too. */
  readonly reads: boolean;
  /** How often a page may be accessed, as it is watched, until it is let go. */
  readonly most?: number;
}

/** What one listener wants to see. */
export class Watch {
  /** How often pages were accessed in the way that is watched. */
  readonly #reported = new Map<number, number>();
  readonly reads: boolean;
  readonly #most: number;

  constructor(
    readonly frames: WatchedFrames,
    /** Its bit. */
    readonly bit: number,
    readonly listener: AccessListener,
    { reads, most = usualMost }: WatchOptions,
  ) {
    this.reads = reads;
    this.#most = most;
  }

  /** Watches the pages of a range from now on. */
  add(start: number, bytes: number): void {
    this.frames.want(this.bit, start, bytes);
  }

  /** Lets a page go. It is entered into the TLBs when it is next accessed. */
  forget(frame: number): void {
    this.frames.unwant(this.bit, frame);
  }

  tell(at: number, bytes: number, write: boolean): void {
    const frame = at >>> 12;
    const times = (this.#reported.get(frame) ?? 0) + 1;
    this.#reported.set(frame, times);
    if (times > this.#most) this.forget(frame);
    this.listener(at, bytes, write);
  }
}

/**
 * Physical pages whose accesses to data somebody wants to see, until there are too many. They stay out of the software TLBs, as
 * those with breakpoints do; nothing else changes. @unsaved a listener's
 */
export class WatchedFrames {
  /** By page the bits of who watches it; undefined while nothing is watched. */
  #wanted: Uint8Array | undefined;
  readonly #watches: Watch[] = [];
  /** The bits of those who want to see reads. */
  #reading = 0;

  constructor(
    readonly frames: number,
    /** Called when pages that may be in the TLBs are watched from now on. */
    readonly onWatch: () => void,
  ) {}

  /** A listener, which watches nothing yet. */
  watch(listener: AccessListener, options: WatchOptions): Watch {
    if (this.#watches.length === mostWatches) throw new RangeError(`more than ${mostWatches} watches`);
    const watch = new Watch(this, 1 << this.#watches.length, listener, options);
    this.#watches.push(watch);
    if (watch.reads) this.#reading |= watch.bit;
    return watch;
  }

  want(bit: number, start: number, bytes: number): void {
    this.#wanted ??= new Uint8Array(this.frames);
    for (let frame = start >>> 12; frame <= (start + bytes - 1) >>> 12; frame++)
      if (frame < this.frames) this.#wanted[frame]! |= bit;
    this.onWatch();
  }

  unwant(bit: number, frame: number): void {
    if (this.#wanted) this.#wanted[frame]! &= ~bit;
  }

  seesReads(frame: number): boolean {
    return this.#wanted !== undefined && (this.#wanted[frame]! & this.#reading) !== 0;
  }

  seesWrites(frame: number): boolean {
    return this.#wanted !== undefined && this.#wanted[frame]! !== 0;
  }

  /** An access to a page, told to those who watch it so. */
  touch(frame: number, offset: number, bytes: number, write: boolean): void {
    const wanted = this.#wanted === undefined ? 0 : this.#wanted[frame]! & (write ? 0xff : this.#reading);
    if (wanted === 0) return;
    for (const watch of this.#watches)
      if (wanted & watch.bit) watch.tell(frame * 4096 + offset, Math.min(bytes, 4096 - offset), write);
  }
}
