import type { AccessSize, Device } from '../bus.js';
import { type Clock, type ClockEvent, Oscillator } from '../clock.js';
import type { InterruptLine } from './interrupt-line.js';

const second = 1_000_000_000;
/** UIP is set this long before the registers change, in ns (datasheet: 244 µs). */
const updateAhead = 244_000;

/** Register numbers. */
const register = {
  seconds: 0x00,
  secondsAlarm: 0x01,
  minutes: 0x02,
  minutesAlarm: 0x03,
  hours: 0x04,
  hoursAlarm: 0x05,
  weekday: 0x06,
  day: 0x07,
  month: 0x08,
  year: 0x09,
  a: 0x0a,
  b: 0x0b,
  c: 0x0c,
  d: 0x0d,
  equipment: 0x14,
  baseMemory: 0x15,
  extendedMemory: 0x17,
  extendedMemoryAgain: 0x30,
  century: 0x32,
  memoryAbove16M: 0x34,
  memoryAbove4G: 0x5b,
} as const;

const timeRegisters = [0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x32] as const;

const updateInProgress = 0x80;
/** Register B. */
const control = {
  set: 0x80,
  periodic: 0x40,
  alarm: 0x20,
  updateEnded: 0x10,
  binary: 0x04,
  hours24: 0x02,
} as const;
/** Register C; the same bits as the enables in B. */
const flag = { request: 0x80, periodic: 0x40, alarm: 0x20, updateEnded: 0x10 } as const;
const pm = 0x80;
const dontCare = 0xc0;

/** Where the guest reads sizes a BIOS would have left. */
export interface CmosMemory {
  /** RAM below 4 GiB in bytes. */
  readonly low: number;
  /** RAM from 4 GiB up in bytes. */
  readonly high: number;
}

/**
 * Motorola MC146818A real-time clock with 128 bytes of CMOS RAM at ports 70 and 71.
 * Flags are found by comparing times when somebody looks, so a clock without interrupts costs nothing.
 */
export class Rtc implements Device {
  readonly id = 'rtc';
  readonly ports = [{ first: 0x70, count: 2, width: 1 }] as const;
  readonly #clock: Clock;
  readonly #irq: InterruptLine;
  readonly #crystal: Oscillator;
  readonly #cmos = new Uint8Array(128);
  #index = 0;
  /** Seconds since 1970 at the virtual time `#origin` (ns), a moment at which the seconds changed. */
  #epoch: number;
  #origin = 0;
  /** Seconds since 1970 that the time registers hold. */
  #shown = Number.NaN;
  /** Flags of register C found so far, without the request bit, and the virtual time in ns up to which. */
  #found = 0;
  #since = 0;
  /** @unsaved the clock has it */
  #event: ClockEvent | undefined;

  /** `start`: wall clock at power-on in seconds since 1970-01-01T00:00:00Z. */
  constructor(clock: Clock, irq: InterruptLine, start: number, memory: CmosMemory) {
    this.#clock = clock;
    this.#irq = irq;
    this.#crystal = new Oscillator(clock, 32768);
    this.#epoch = Math.floor(start);
    this.#cmos[register.a] = 0x26;
    this.#cmos[register.b] = control.hours24;
    this.#cmos[register.d] = 0x80; // RAM and time valid
    this.#writeMemorySizes(memory);
  }

  #writeMemorySizes({ low, high }: CmosMemory): void {
    const put = (at: number, value: number, bytes = 2) => {
      for (let i = 0; i < bytes; i++) this.#cmos[at + i] = Math.floor(value / 256 ** i) & 0xff;
    };
    const extended = Math.min(0xffff, Math.max(0, low - 0x100000) / 1024);
    put(register.equipment, 0x02, 1); // coprocessor
    put(register.baseMemory, 640);
    put(register.extendedMemory, extended);
    put(register.extendedMemoryAgain, extended);
    put(register.memoryAbove16M, Math.max(0, low - 0x1000000) / 0x10000);
    put(register.memoryAbove4G, high / 0x10000, 3);
  }

  in(port: number, _size: AccessSize): number {
    if (port === 0x70) return 0xff; // write-only
    const index = this.#index;
    if (index === register.c) return this.#readFlags();
    if (index === register.a) return this.#cmos[register.a]! | (this.#updating() ? updateInProgress : 0);
    if (index <= register.year || index === register.century) this.#show();
    return this.#cmos[index]!;
  }

  out(port: number, _size: AccessSize, value: number): void {
    if (port === 0x70) {
      this.#index = value & 0x7f; // bit 7 masks NMI
      return;
    }
    const index = this.#index;
    if (index === register.c || index === register.d) return;
    // What happened so far happened under the settings so far.
    this.#flags();
    if (index === register.a) this.#writeRegisterA(value);
    else if (index === register.b) this.#writeRegisterB(value);
    else if ((timeRegisters as readonly number[]).includes(index)) {
      this.#show();
      this.#cmos[index] = value;
      if (!this.#frozen) this.#adopt(this.#origin + this.#seconds() * second);
    } else this.#cmos[index] = value;
    this.#update();
  }

  /** The registers stand still: SET is set or the divider chain is held in reset. */
  get #frozen(): boolean {
    return (this.#cmos[register.b]! & control.set) !== 0 || (this.#cmos[register.a]! & 0x60) === 0x60;
  }

  /** Whole seconds since `#origin`. */
  #seconds(at = this.#clock.now): number {
    return Math.floor((at - this.#origin) / second);
  }

  #updating(): boolean {
    if (this.#frozen) return false;
    const next = this.#origin + (this.#seconds() + 1) * second;
    return next - this.#clock.now <= updateAhead;
  }

  #writeRegisterA(value: number): void {
    const wasFrozen = this.#frozen;
    const wasReset = (this.#cmos[register.a]! & 0x60) === 0x60;
    if (!wasFrozen) this.#show();
    this.#cmos[register.a] = value & 0x7f;
    const reset = (value & 0x60) === 0x60;
    // The first update comes half a second after the divider is released.
    if (wasReset && !reset) this.#adopt(this.#clock.now - second / 2);
  }

  #writeRegisterB(value: number): void {
    const wasFrozen = this.#frozen;
    if (!wasFrozen) this.#show();
    const setEnds = (this.#cmos[register.b]! & ~value & control.set) !== 0;
    this.#cmos[register.b] = value & control.set ? value & ~control.updateEnded : value;
    if (setEnds && !this.#frozen) this.#adopt(this.#origin + this.#seconds() * second);
  }

  /** The time registers, as the guest wrote them, become the time at `origin` (ns). */
  #adopt(origin: number): void {
    this.#origin = origin;
    this.#epoch = this.#decodeTime();
    this.#shown = this.#epoch;
  }

  // Time registers

  #encode(value: number): number {
    return this.#cmos[register.b]! & control.binary ? value : (Math.floor(value / 10) << 4) | (value % 10);
  }

  #decode(value: number): number {
    return this.#cmos[register.b]! & control.binary ? value : (value >> 4) * 10 + (value & 15);
  }

  #encodeHours(hours: number): number {
    if (this.#cmos[register.b]! & control.hours24) return this.#encode(hours);
    return this.#encode(hours % 12 || 12) | (hours >= 12 ? pm : 0);
  }

  #decodeHours(value: number): number {
    if (this.#cmos[register.b]! & control.hours24) return this.#decode(value);
    return (this.#decode(value & ~pm) % 12) + (value & pm ? 12 : 0);
  }

  /** Brings the time registers up to date. */
  #show(): void {
    if (this.#frozen) return;
    const time = this.#epoch + this.#seconds();
    if (time === this.#shown) return;
    this.#shown = time;
    const date = new Date(time * 1000);
    const year = date.getUTCFullYear();
    const values: [number, number][] = [
      [register.seconds, date.getUTCSeconds()],
      [register.minutes, date.getUTCMinutes()],
      [register.weekday, date.getUTCDay() + 1],
      [register.day, date.getUTCDate()],
      [register.month, date.getUTCMonth() + 1],
      [register.year, year % 100],
      [register.century, Math.floor(year / 100)],
    ];
    for (const [at, value] of values) this.#cmos[at] = this.#encode(value);
    this.#cmos[register.hours] = this.#encodeHours(date.getUTCHours());
  }

  /** Seconds since 1970 from the time registers. */
  #decodeTime(): number {
    const at = (index: number) => this.#decode(this.#cmos[index]!);
    const year = at(register.century) * 100 + at(register.year);
    const hours = this.#decodeHours(this.#cmos[register.hours]!);
    const time = Date.UTC(
      year,
      at(register.month) - 1,
      at(register.day),
      hours,
      at(register.minutes),
      at(register.seconds),
    );
    return Math.floor(time / 1000);
  }

  // Interrupts

  /** Ticks of the 32.768 kHz crystal between periodic interrupts, 0 when off (datasheet table 5). */
  get #periodicTicks(): number {
    const rate = this.#cmos[register.a]! & 15;
    if (rate === 0 || (this.#cmos[register.a]! & 0x60) === 0x60) return 0;
    return rate < 3 ? 1 << (rate + 6) : 1 << (rate - 1);
  }

  /** Virtual time in ns of the first periodic event after `since`. */
  #nextPeriodic(since: number): number {
    const ticks = this.#periodicTicks;
    if (ticks === 0) return Number.POSITIVE_INFINITY;
    const whole = Math.floor(since / second);
    const tick = whole * 32768 + Math.floor(((since - whole * second) * 32768) / second);
    return this.#crystal.timeOf((Math.floor(tick / ticks) + 1) * ticks);
  }

  /** Virtual time in ns of the first update after `since`. */
  #nextUpdate(since: number): number {
    if (this.#frozen) return Number.POSITIVE_INFINITY;
    return this.#origin + (this.#seconds(since) + 1) * second;
  }

  /** Virtual time in ns of the first update after `since` whose time matches the alarm. */
  #nextAlarm(since: number): number {
    const first = this.#nextUpdate(since);
    if (first === Number.POSITIVE_INFINITY) return first;
    const cmos = this.#cmos;
    const matcher = (index: number, decode: (value: number) => number) => {
      const alarm = cmos[index]!;
      const wanted = decode.call(this, alarm);
      return (value: number) => alarm >= dontCare || value === wanted;
    };
    const secondMatches = matcher(register.secondsAlarm, this.#decode);
    const minuteMatches = matcher(register.minutesAlarm, this.#decode);
    const hourMatches = matcher(register.hoursAlarm, this.#decodeHours);
    let time = this.#epoch + this.#seconds(first);
    const end = time + 86400;
    while (time <= end) {
      const inDay = time % 86400;
      if (!hourMatches(Math.floor(inDay / 3600))) time += 3600 - (inDay % 3600);
      else if (!minuteMatches(Math.floor(inDay / 60) % 60)) time += 60 - (inDay % 60);
      else if (!secondMatches(inDay % 60)) time++;
      else return this.#origin + (time - this.#epoch) * second;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Register C as it stands now. */
  #flags(): number {
    const now = this.#clock.now;
    if (this.#nextPeriodic(this.#since) <= now) this.#found |= flag.periodic;
    if (this.#nextUpdate(this.#since) <= now) {
      this.#found |= flag.updateEnded;
      if (this.#nextAlarm(this.#since) <= now) this.#found |= flag.alarm;
    }
    this.#since = now;
    return this.#found & this.#cmos[register.b]! ? this.#found | flag.request : this.#found;
  }

  #readFlags(): number {
    const flags = this.#flags();
    this.#found = 0;
    this.#update();
    return flags;
  }

  /** Sets the interrupt line and, while it is released, waits for the next enabled event. */
  #update(): void {
    this.#clock.cancel(this.#event);
    this.#event = undefined;
    const enabled = this.#cmos[register.b]! & (control.periodic | control.alarm | control.updateEnded);
    const request = enabled !== 0 && (this.#flags() & flag.request) !== 0;
    this.#irq.set(request);
    if (request || enabled === 0) return;
    const since = this.#clock.now;
    const next = Math.min(
      enabled & control.periodic ? this.#nextPeriodic(since) : Number.POSITIVE_INFINITY,
      enabled & control.updateEnded ? this.#nextUpdate(since) : Number.POSITIVE_INFINITY,
      enabled & control.alarm ? this.#nextAlarm(since) : Number.POSITIVE_INFINITY,
    );
    if (next !== Number.POSITIVE_INFINITY)
      this.#event = this.#clock.schedule(next, () => this.#update(), 'rtc interrupt');
  }

  save(put: (value: number) => void): void {
    this.#show();
    for (const value of this.#cmos) put(value);
    put(this.#index);
    put(this.#epoch);
    put(this.#origin);
    put(this.#found);
    put(this.#since);
  }
}
