import type { AccessSize, Device } from '../bus.js';
import { type Clock, type ClockEvent, Oscillator } from '../clock.js';

/** Input clock of a PC's timer in Hz: a twelfth of the 14.31818 MHz crystal. */
export const pitHertz = 1193182;

const never = Number.POSITIVE_INFINITY;

/** Access modes of the control word, bits 5–4. */
const access = { low: 1, high: 2, both: 3 } as const;

function fromBcd(value: number): number {
  return (value >> 12) * 1000 + ((value >> 8) & 15) * 100 + ((value >> 4) & 15) * 10 + (value & 15);
}

function toBcd(value: number): number {
  const digit = (unit: number) => Math.floor(value / unit) % 10;
  return (digit(1000) << 12) | (digit(100) << 8) | (digit(10) << 4) | digit(1);
}

/**
 * One counter, as a function of time in ticks: nothing happens between accesses.
 * The counting element was loaded with `count` at tick `start` and counts while the gate allows.
 */
class Counter {
  mode = 3;
  bcd = false;
  access: number = access.both;
  gate = true;
  /** Initial count, 1–65536 (10000 in BCD). */
  count = 0x10000;
  /** Tick at which `count` was loaded; `never` before the first count after a control word. */
  start = never;
  /** A count written but not loaded yet, and the tick at which it will be; `never` when it waits for a trigger. */
  nextCount = 0;
  nextStart = never;
  /** Ticks counted when the gate closed, -1 while counting. */
  paused = -1;
  /** First byte of a two-byte write, -1 when none. */
  lowByte = -1;
  readHigh = false;
  latchedCount = -1;
  latchedStatus = -1;

  /** Takes over a written count whose time has come. */
  settle(tick: number): void {
    if (this.nextCount !== 0 && tick >= this.nextStart) {
      this.count = this.nextCount;
      this.start = this.nextStart;
      this.nextCount = 0;
      this.nextStart = never;
    }
  }

  #elapsed(tick: number): number {
    if (this.paused >= 0) return this.paused;
    return this.start === never ? 0 : Math.max(0, tick - this.start);
  }

  writeControl(value: number): void {
    const mode = (value >> 1) & 7;
    this.mode = mode > 5 ? mode - 4 : mode;
    this.bcd = (value & 1) !== 0;
    this.access = (value >> 4) & 3;
    this.lowByte = -1;
    this.readHigh = false;
    this.latchedCount = -1;
    this.latchedStatus = -1;
    this.start = never;
    this.nextCount = 0;
    this.nextStart = never;
    this.paused = -1;
  }

  writeByte(value: number, tick: number): void {
    if (this.access === access.low) this.#load(value, tick);
    else if (this.access === access.high) this.#load(value << 8, tick);
    else if (this.lowByte === -1) {
      this.lowByte = value;
      // In mode 0 the first byte stops the count and holds OUT low.
      if (this.mode === 0) {
        this.start = never;
        this.nextCount = 0;
        this.paused = -1;
      }
    } else {
      const low = this.lowByte;
      this.lowByte = -1;
      this.#load(low | (value << 8), tick);
    }
  }

  #load(raw: number, tick: number): void {
    const modulus = this.bcd ? 10000 : 0x10000;
    const count = (this.bcd ? fromBcd(raw) : raw) || modulus;
    this.nextCount = count;
    switch (this.mode) {
      case 1:
      case 5:
        this.nextStart = never; // at the next trigger
        break;
      case 2:
      case 3:
        if (this.start === never || this.paused >= 0) {
          this.nextStart = this.gate ? tick + 1 : never;
        } else {
          // A new count while counting takes effect when the current cycle (half-cycle in mode 3) ends.
          this.nextStart = this.#cycleEnd(tick);
        }
        break;
      default:
        this.nextStart = tick + 1;
        this.start = never;
        if (!this.gate) {
          this.settle(this.nextStart);
          this.paused = 0;
        } else this.paused = -1;
    }
  }

  #cycleEnd(tick: number): number {
    const elapsed = this.#elapsed(tick);
    const phase = elapsed % this.count;
    const high = (this.count + 1) >> 1;
    const left = this.mode === 3 && phase < high ? high - phase : this.count - phase;
    return tick + left;
  }

  setGate(gate: boolean, tick: number): void {
    if (gate === this.gate) return;
    this.settle(tick);
    this.gate = gate;
    switch (this.mode) {
      case 1:
      case 5:
        if (gate) this.#trigger(tick);
        break;
      case 2:
      case 3:
        if (gate) this.#trigger(tick);
        else {
          this.nextStart = never;
          if (this.start !== never) this.paused = this.#elapsed(tick);
        }
        break;
      default:
        if (this.start === never && this.nextCount === 0) break;
        if (!gate) {
          if (this.nextCount !== 0) this.settle(this.nextStart);
          this.paused = this.#elapsed(tick);
        } else if (this.paused >= 0) {
          this.start = tick - this.paused;
          this.paused = -1;
        }
    }
  }

  /** Rising gate: the initial count is loaded on the next tick. */
  #trigger(tick: number): void {
    if (this.nextCount === 0) {
      if (this.start === never) return;
      this.nextCount = this.count;
    }
    this.nextStart = tick + 1;
    this.paused = -1;
  }

  /**
   * The counting element as it reads at `tick`. A first count shows at once, though it is loaded on the next tick:
   * Linux reads it back once to let that tick pass, but here an access takes less.
   */
  value(tick: number): number {
    const modulus = this.bcd ? 10000 : 0x10000;
    const elapsed = this.#elapsed(tick);
    const count = this.start === never && this.nextCount !== 0 ? this.nextCount : this.count;
    let value: number;
    if (this.mode === 2) value = count - (elapsed % count);
    else if (this.mode === 3) {
      const phase = elapsed % count;
      const high = (count + 1) >> 1;
      value = (count & ~1) - 2 * (phase < high ? phase : phase - high);
    } else value = (((count - elapsed) % modulus) + modulus) % modulus;
    value %= modulus;
    return this.bcd ? toBcd(value) : value;
  }

  /** The OUT pin at `tick`. */
  out(tick: number): boolean {
    const loaded = this.start !== never;
    const elapsed = this.#elapsed(tick);
    switch (this.mode) {
      case 0:
        return loaded && elapsed >= this.count;
      case 1:
        return !loaded || elapsed >= this.count;
      case 2:
        return !loaded || this.paused >= 0 || elapsed % this.count !== this.count - 1;
      case 3:
        return !loaded || this.paused >= 0 || elapsed % this.count < (this.count + 1) >> 1;
      default:
        return !loaded || elapsed !== this.count;
    }
  }

  /** The first tick after `tick` at which OUT may change; `never` when none will without another access. */
  nextChange(tick: number): number {
    if (this.start === never || this.paused >= 0) return this.nextStart;
    const elapsed = this.#elapsed(tick);
    let change: number;
    if (this.mode === 2 || this.mode === 3) {
      const phase = elapsed % this.count;
      const low = this.mode === 2 ? this.count - 1 : (this.count + 1) >> 1;
      change = tick - phase + (phase < low ? low : this.count);
    } else {
      const end = this.start + this.count;
      const last = this.mode >= 4 ? end + 1 : end;
      change = tick < end ? end : tick < last ? last : never;
    }
    return Math.min(change, this.nextStart);
  }

  status(tick: number): number {
    const notLoaded = this.nextCount !== 0 || this.start === never;
    return (
      (this.out(tick) ? 0x80 : 0) |
      (notLoaded ? 0x40 : 0) |
      (this.access << 4) |
      (this.mode << 1) |
      Number(this.bcd)
    );
  }

  latchCount(tick: number): void {
    if (this.latchedCount === -1) this.latchedCount = this.value(tick);
  }

  latchStatus(tick: number): void {
    if (this.latchedStatus === -1) this.latchedStatus = this.status(tick);
  }

  readByte(tick: number): number {
    if (this.latchedStatus !== -1) {
      const status = this.latchedStatus;
      this.latchedStatus = -1;
      return status;
    }
    const value = this.latchedCount !== -1 ? this.latchedCount : this.value(tick);
    const high = this.access === access.high || (this.access === access.both && this.readHigh);
    if (this.access === access.both) this.readHigh = !this.readHigh;
    // A latched count is released when its last byte is read.
    if (this.access !== access.both || high) this.latchedCount = -1;
    return high ? value >> 8 : value & 0xff;
  }

  save(put: (value: number) => void): void {
    for (const value of [
      this.mode,
      Number(this.bcd) | (Number(this.gate) << 1) | (Number(this.readHigh) << 2) | (this.access << 4),
      this.count,
      this.start,
      this.nextCount,
      this.nextStart,
      this.paused,
      this.lowByte,
      this.latchedCount,
      this.latchedStatus,
    ])
      put(value);
  }
}

/**
 * Intel 8254 interval timer (datasheet 231164) at ports 40–43, ticking at 1.193182 MHz of virtual time.
 * Counter 0 drives `onOut`; counter 2 belongs to port 61.
 * They start as SeaBIOS leaves them: all with a count of 65536, counter 0 in mode 2, which is 18.2 Hz, the others in mode 3.
 */
export class Pit8254 implements Device {
  readonly id = 'pit';
  readonly ports = [{ first: 0x40, count: 4, width: 1 }] as const;
  /** Called with the level of counter 0's OUT when it changes. @unsaved wiring */
  onOut: (level: boolean) => void = () => {};
  readonly #clock: Clock;
  readonly #crystal: Oscillator;
  readonly #counters = [new Counter(), new Counter(), new Counter()] as const;
  #out = true;
  /** @unsaved the clock has it */
  #event: ClockEvent | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#crystal = new Oscillator(clock, pitHertz);
    for (const counter of this.#counters) counter.start = 0;
    const [timer, , speaker] = this.#counters;
    timer.mode = 2;
    speaker.setGate(false, 0);
    this.#follow();
  }

  /** Opens or closes the gate of counter 2 (port 61 bit 0). */
  setGate2(gate: boolean): void {
    this.#counters[2].setGate(gate, this.#crystal.ticks);
  }

  /** OUT of counter 2 (port 61 bit 5). */
  get out2(): boolean {
    const tick = this.#crystal.ticks;
    this.#counters[2].settle(tick);
    return this.#counters[2].out(tick);
  }

  in(port: number, _size: AccessSize): number {
    const select = port & 3;
    if (select === 3) return 0xff;
    const tick = this.#crystal.ticks;
    const counter = this.#counters[select]!;
    counter.settle(tick);
    return counter.readByte(tick);
  }

  out(port: number, _size: AccessSize, value: number): void {
    const tick = this.#crystal.ticks;
    const select = port & 3;
    for (const counter of this.#counters) counter.settle(tick);
    if (select !== 3) this.#counters[select]!.writeByte(value, tick);
    else if (value >> 6 === 3) this.#readBack(value, tick);
    else if ((value & 0x30) === 0) this.#counters[value >> 6]!.latchCount(tick);
    else this.#counters[value >> 6]!.writeControl(value);
    this.#follow();
  }

  #readBack(value: number, tick: number): void {
    for (let i = 0; i < 3; i++) {
      if (!(value & (2 << i))) continue;
      const counter = this.#counters[i]!;
      if (!(value & 0x20)) counter.latchCount(tick);
      if (!(value & 0x10)) counter.latchStatus(tick);
    }
  }

  /** Passes counter 0's OUT on and waits for its next change. */
  #follow(): void {
    const counter = this.#counters[0];
    const tick = this.#crystal.ticks;
    counter.settle(tick);
    const out = counter.out(tick);
    if (out !== this.#out) {
      this.#out = out;
      this.onOut(out);
    }
    this.#clock.cancel(this.#event);
    const change = counter.nextChange(tick);
    this.#event =
      change === never
        ? undefined
        : this.#clock.schedule(this.#crystal.timeOf(change), () => this.#follow(), 'pit counter 0');
  }

  save(put: (value: number) => void): void {
    for (const counter of this.#counters) counter.save(put);
    put(Number(this.#out));
  }
}
