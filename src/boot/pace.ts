import type { Machine } from '../machine/machine.js';

/** Nanoseconds a millisecond. */
const MILLISECOND = 1e6;
/** Longest sleep in milliseconds: timers of hosts overflow at 2^31. */
const LONGEST = 60_000;

/** Lets what else the host has to do happen: signals, input, a page's rendering. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    // A timer would cost a millisecond at least; browsers have nothing else.
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve);
  });
}

/**
 * Keeps an idle guest's time in step with the host's: it never runs ahead, and catches up in idle time with what it fell
 * behind while it was busy.
 */
export class Pace {
  readonly #began = performance.now();
  #wakeUp: () => void = () => {};

  constructor(
    readonly machine: Machine,
    private readonly signal: AbortSignal | undefined,
  ) {
    machine.skipsIdle = false;
    signal?.addEventListener('abort', () => this.wakeUp());
  }

  /** Sleeps until the next event of a halted machine, or until `wakeUp`. */
  async idle(): Promise<void> {
    const { machine } = this;
    const wake = machine.clock.nextEvent();
    const ahead = (wake - this.#now()) / MILLISECOND;
    if (ahead >= 1 && !this.signal?.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(ahead, LONGEST));
        this.#wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wakeUp = () => {};
    }
    const target = ahead < 1 ? wake : Math.min(wake, Math.floor(this.#now()));
    machine.passIdle(target);
  }

  wakeUp(): void {
    this.#wakeUp();
  }

  /** Host time since the start, in ns. */
  #now(): number {
    return (performance.now() - this.#began) * MILLISECOND;
  }
}
