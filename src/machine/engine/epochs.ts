import type { PhysicalMemory } from '../memory.js';
import { Fetches } from './fetches.js';
import { words } from './layout.js';
import { emptyPcCache } from './pc-cache.js';

/** Supervisor and user code have links, and so epochs, of their own. */
const levels = ['supervisor', 'user'] as const;
type Level = (typeof levels)[number];

/** What the key of the pc cache holds of user code. */
const userKey = 8;

/**
 * Links between blocks and the pc cache are valid for one epoch, which ends with every change of mode or mapping.
 * Going from user to supervisor mode and back does not need it: links join blocks of one mode, and the bit of the mode is part
 * of the cache's key (its place in the cache differs with it). @unsaved a matter of caches
 */
export class Epochs {
  /** The last epoch begun. */
  #last = 0;
  readonly #current = { supervisor: 0, user: 0 };
  /** By page: where code was fetched from in the current epoch. */
  readonly #fetches = { supervisor: new Fetches(), user: new Fetches() };
  #level: Level = 'supervisor';

  constructor(readonly memory: PhysicalMemory) {}

  /** Code of the other level, or of the same, runs from now on. */
  enter(user: boolean): void {
    this.#level = user ? 'user' : 'supervisor';
    this.#show();
  }

  /** Invalidates all links and the pc cache. */
  bump(): void {
    for (const level of levels) this.#begin(level);
    this.#show();
  }

  /** The same for code in pages that are not global. */
  bumpLocal(): void {
    for (const level of levels) if (!this.#fetches[level].onlyGlobal) this.#begin(level);
    this.#show();
  }

  #begin(level: Level): void {
    this.#fetches[level].clear();
    this.#current[level] = ++this.#last;
    // The cache's keys hold 16 bits of it.
    if ((this.#last & 0xffff) === 0) emptyPcCache(this.memory);
  }

  /** Tells generated code the epoch of the current level. */
  #show(): void {
    const { i32 } = this.memory;
    const epoch = this.#current[this.#level];
    i32[words.epoch >> 2] = epoch;
    i32[words.cacheKey >> 2] = this.#level === 'user' ? userKey : 0;
    i32[(words.cacheKey + 4) >> 2] = epoch << 16;
  }

  /** Where code of a level has been fetched from. */
  fetches(user: boolean): Fetches {
    return user ? this.#fetches.user : this.#fetches.supervisor;
  }

  /** Has code been fetched from a linear page? */
  hasFetched(page: number): boolean {
    return this.#fetches.supervisor.has(page) || this.#fetches.user.has(page);
  }
}
