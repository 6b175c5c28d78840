import type { Clock, ClockEvent } from '../clock.js';

const mode = { oneShot: 0, periodic: 1, tscDeadline: 2 } as const;
const never = Number.POSITIVE_INFINITY;

/**
 * The local APIC's timer (SDM volume 3, 11.5.4). Its input clock, before the divider, ticks once a nanosecond,
 * as under KVM; the TSC does too. Counts are functions of time, so only an unmasked timer has an event.
 */
export class LapicTimer {
  readonly #clock: Clock;
  readonly #onExpire: () => void;
  /** @unsaved follows from the LVT entry */
  #mode: number = mode.oneShot;
  /** @unsaved follows from the LVT entry */
  #masked = true;
  #initialCount = 0;
  #divide = 0;
  /** Virtual time in ns at which the count was, or would have been, the initial one; `never` of a count that has run out for good. */
  #start = 0;
  /** IA32_TSC_DEADLINE in guest TSC ticks; 0 = disarmed. */
  #deadline = 0n;
  /** Guest TSC − clock, in ticks. */
  #tscOffset = 0n;
  /** @unsaved the clock has it */
  #event: ClockEvent | undefined;

  constructor(clock: Clock, onExpire: () => void) {
    this.#clock = clock;
    this.#onExpire = onExpire;
  }

  /** The LVT entry changed: bits 18–17 are the mode. */
  configure(newMode: number, masked: boolean): void {
    this.#settle();
    if (newMode !== this.#mode) this.#settleCount();
    // Going to or from TSC-deadline mode disarms (SDM 11.5.4.1).
    if ((newMode === mode.tscDeadline) !== (this.#mode === mode.tscDeadline)) {
      this.#initialCount = 0;
      this.#deadline = 0n;
    }
    this.#mode = newMode;
    this.#masked = masked;
    this.#arm();
  }

  get tscOffset(): bigint {
    return this.#tscOffset;
  }

  set tscOffset(value: bigint) {
    this.#tscOffset = value;
    this.#arm();
  }

  get initialCount(): number {
    return this.#initialCount;
  }

  set initialCount(value: number) {
    if (this.#mode === mode.tscDeadline) return;
    this.#initialCount = value;
    this.#start = this.#clock.now;
    this.#arm();
  }

  get currentCount(): number {
    if (this.#initialCount === 0 || this.#start === never) return 0;
    const counted = Math.floor((this.#clock.now - this.#start) / this.#divider);
    if (this.#mode === mode.periodic) return this.#initialCount - (counted % this.#initialCount);
    return Math.max(0, this.#initialCount - counted);
  }

  /** Divide configuration register. */
  get divide(): number {
    return this.#divide;
  }

  set divide(value: number) {
    this.#settleCount();
    // The count so far stays, in the new unit.
    const count = this.currentCount;
    this.#divide = value & 0xb;
    if (count > 0) this.#start = this.#clock.now - (this.#initialCount - count) * this.#divider;
    this.#arm();
  }

  /** IA32_TSC_DEADLINE: zero, and deaf, in the other modes. */
  get deadline(): bigint {
    this.#settle();
    return this.#deadline;
  }

  set deadline(value: bigint) {
    if (this.#mode !== mode.tscDeadline) return;
    this.#deadline = value;
    this.#arm();
  }

  reset(): void {
    this.#initialCount = 0;
    this.#divide = 0;
    this.#deadline = 0n;
    this.configure(mode.oneShot, true);
  }

  /** Clock ns per count, from bits 3, 1 and 0 of the divide configuration. */
  get #divider(): number {
    const code = (this.#divide & 3) | ((this.#divide >> 1) & 4);
    return code === 7 ? 1 : 2 << code;
  }

  /** A masked timer reaches its deadline without an event. */
  #settle(): void {
    if (this.#masked && this.#deadline !== 0n && this.#deadline <= this.#tsc()) this.#deadline = 0n;
  }

  /** Leaves in `#start` what the count is by the mode so far: another mode goes on from there, and starts nothing (SDM 11.5.4). */
  #settleCount(): void {
    if (this.#initialCount === 0 || this.#start === never) return;
    const period = this.#initialCount * this.#divider;
    const rounds = Math.floor((this.#clock.now - this.#start) / period);
    if (rounds > 0) this.#start = this.#mode === mode.periodic ? this.#start + rounds * period : never;
  }

  #tsc(): bigint {
    return BigInt.asUintN(64, BigInt(this.#clock.now) + this.#tscOffset);
  }

  /** When the next interrupt is due, in ns; undefined when none is. */
  #due(): number | undefined {
    const now = this.#clock.now;
    if (this.#mode === mode.tscDeadline) {
      return this.#deadline === 0n ? undefined : now + Math.max(0, Number(this.#deadline - this.#tsc()));
    }
    if (this.#initialCount === 0 || this.#start === never) return undefined;
    const period = this.#initialCount * this.#divider;
    const rounds = Math.floor((now - this.#start) / period) + 1;
    return this.#mode === mode.periodic || rounds === 1 ? this.#start + rounds * period : undefined;
  }

  #arm(): void {
    this.#clock.cancel(this.#event);
    this.#event = undefined;
    if (this.#masked) return;
    const at = this.#due();
    if (at === undefined || !Number.isSafeInteger(at)) return;
    this.#event = this.#clock.schedule(at, () => this.#expire(), 'lapic timer');
  }

  #expire(): void {
    this.#event = undefined;
    this.#deadline = 0n;
    this.#onExpire();
    if (this.#mode === mode.periodic) this.#arm();
  }

  save(put: (value: number) => void): void {
    put(this.#initialCount);
    put(this.#divide);
    put(this.#start);
    for (const value of [this.#deadline, BigInt.asUintN(64, this.#tscOffset)]) {
      put(Number(value & 0xffffffffn));
      put(Number(value >> 32n));
    }
  }
}
