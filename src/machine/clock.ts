import type { Put, Saved } from './saved.js';

const second = 1_000_000_000;

/** A callback waiting for its time. */
export interface ClockEvent {
  /** Virtual time it is due, in ns. */
  readonly at: number;
  readonly name: string;
  readonly callback: () => void;
}

/**
 * The machine's only source of time: nanoseconds since power-on, which is the number of retired instructions
 * (plus what HLT skipped). No device reads a host clock, so a boot takes the same path every time.
 */
export class Clock implements Saved {
  /** Called when `nextEvent()` became earlier, so that the run loop can cut its budget. @unsaved wiring */
  onEarlier: () => void = () => {};
  #now = 0;
  /** Sorted, the earliest last; the handful of events a machine has makes a heap pointless. */
  readonly #events: ClockEvent[] = [];

  /** Virtual time in ns; an integer below 2^53 (104 days). */
  get now(): number {
    return this.#now;
  }

  /** Runs `callback` at the virtual time `at` (ns); a time already past is due at once. Ties run in the order of scheduling. */
  schedule(at: number, callback: () => void, name: string): ClockEvent {
    const event = { at: Math.max(at, this.#now), callback, name };
    const events = this.#events;
    let place = events.length;
    while (place > 0 && events[place - 1]!.at <= event.at) place--;
    events.splice(place, 0, event);
    if (place === events.length - 1) this.onEarlier();
    return event;
  }

  /** Takes an event back; nothing happens when it already ran. */
  cancel(event: ClockEvent | undefined): void {
    if (!event) return;
    const place = this.#events.indexOf(event);
    if (place !== -1) this.#events.splice(place, 1);
  }

  /** When the next event is due, in ns; Infinity when there is none. */
  nextEvent(): number {
    const events = this.#events;
    return events.length === 0 ? Number.POSITIVE_INFINITY : events[events.length - 1]!.at;
  }

  /** Moves time on to `time` (ns), running what is due on the way, each at its own `now`. Time never goes back. */
  advanceTo(time: number): void {
    const events = this.#events;
    while (events.length > 0 && events[events.length - 1]!.at <= time) {
      const event = events.pop()!;
      if (event.at > this.#now) this.#now = event.at;
      event.callback();
    }
    if (time > this.#now) this.#now = time;
  }

  /** The time, and what is due when; what an event does is its owner's. */
  save(put: Put): void {
    put(this.#now);
    put(this.#events.length);
    for (const { at, name } of this.#events) {
      put(at);
      put(name);
    }
  }

  /** The events still to come, earliest first. */
  waiting(): readonly ClockEvent[] {
    return this.#events.slice().reverse();
  }
}

/** A crystal that ticks at `hertz` since power-on, counted exactly: tick n falls on the first ns at or after n / hertz. */
export class Oscillator {
  constructor(
    readonly clock: Clock,
    readonly hertz: number,
  ) {}

  /** Whole ticks since power-on. */
  get ticks(): number {
    const now = this.clock.now;
    // Split at whole seconds, or the product would leave the exact integers.
    const rest = now % second;
    return ((now - rest) / second) * this.hertz + Math.floor((rest * this.hertz) / second);
  }

  /** Virtual time in ns at which tick number `tick` falls. */
  timeOf(tick: number): number {
    const rest = tick % this.hertz;
    return ((tick - rest) / this.hertz) * second + Math.ceil((rest * second) / this.hertz);
  }
}
