import type { AccessSize, Device, MmioRange } from '../bus.js';
import type { Clock, ClockEvent } from '../clock.js';

export const hpetAddress = 0xfed00000;

/** Period of the main counter in ns. */
const period = 10;
/** Intel, three timers, 64-bit counter, legacy replacement, revision 1. */
export const hpetCapabilities = 0x8086a201;

const timerCount = 3;
const general = { enable: 1, legacy: 2 } as const;
const config = {
  level: 0x0002,
  enable: 0x0004,
  periodic: 0x0008,
  periodicCapable: 0x0010,
  wideCapable: 0x0020,
  setValue: 0x0040,
  narrow: 0x0100,
  writable: 0x3f4e,
} as const;

/** I/O APIC inputs the timers may use, as bits: 2 and 20–23. */
const routes = 0x00f00004;

interface Timer {
  config: number;
  /** Comparator, in counter ticks. */
  comparator: bigint;
  /** What a periodic comparator grows by. */
  step: bigint;
  /** Counter up to which the comparator was moved on. */
  seen: bigint;
  /** The low half of a 64-bit accumulator was written; the high half belongs to it. */
  setHigh: boolean;
  event: ClockEvent | undefined;
  /** The wire last driven, released before the next edge. */
  asserted: boolean;
}

const wide = (1n << 64n) - 1n;
const narrow = (1n << 32n) - 1n;

/** Ticks from `now` to the next match; a comparator equal to the counter has just matched. */
function ticksUntil(comparator: bigint, now: bigint, mask: bigint): bigint {
  return ((comparator - now - 1n) & mask) + 1n;
}

/** Where a timer's interrupt goes: the legacy IRQ 0 or 8, or an I/O APIC input. */
export type HpetOutput = (route: { irq: number } | { pin: number }, level: boolean) => void;

/**
 * High precision event timer at FED00000 (IA-PC HPET specification 1.0a), 100 MHz, three timers.
 * Left out: FSB (MSI) delivery.
 */
export class Hpet implements Device {
  readonly id = 'hpet';
  readonly mmio: readonly MmioRange[] = [{ start: hpetAddress, size: 0x400 }];
  /** Called when legacy replacement takes over IRQ 0 and 8, or gives them back. */
  onLegacyChange: (active: boolean) => void = () => {};
  readonly #clock: Clock;
  readonly #output: HpetOutput;
  #config = 0;
  #status = 0;
  /** Counter at the virtual time `#origin` (ns); stands still while disabled. */
  #counter = 0n;
  #origin = 0;
  readonly #timers: Timer[] = Array.from({ length: timerCount }, (_, i) => ({
    config: config.wideCapable | (i === 0 ? config.periodicCapable : 0),
    comparator: wide,
    step: 0n,
    seen: 0n,
    setHigh: false,
    event: undefined,
    asserted: false,
  }));

  constructor(clock: Clock, output: HpetOutput) {
    this.#clock = clock;
    this.#output = output;
  }

  get #running(): boolean {
    return (this.#config & general.enable) !== 0;
  }

  #now(): bigint {
    if (!this.#running) return this.#counter;
    return (this.#counter + BigInt(Math.floor((this.#clock.now - this.#origin) / period))) & wide;
  }

  #mask(timer: Timer): bigint {
    return timer.config & config.narrow ? narrow : wide;
  }

  /** Moves a periodic comparator past the counter; also while its interrupt is disabled. */
  #settle(timer: Timer): void {
    const now = this.#now();
    if (timer.config & config.periodic && timer.step !== 0n) {
      const left = ticksUntil(timer.comparator, timer.seen, this.#mask(timer));
      const elapsed = (now - timer.seen) & wide;
      if (elapsed >= left) {
        const turns = (elapsed - left) / timer.step + 1n;
        timer.comparator = (timer.comparator + turns * timer.step) & this.#mask(timer);
      }
    }
    timer.seen = now;
  }

  /** Waits for the next match of a timer that interrupts. */
  #arm(index: number): void {
    const timer = this.#timers[index]!;
    this.#clock.cancel(timer.event);
    timer.event = undefined;
    if (!this.#running || !(timer.config & config.enable)) return;
    const left = ticksUntil(timer.comparator, this.#now(), this.#mask(timer));
    const elapsed = Math.floor((this.#clock.now - this.#origin) / period);
    const at = this.#origin + (elapsed + Number(left)) * period;
    if (Number.isSafeInteger(at))
      timer.event = this.#clock.schedule(at, () => this.#match(index), `hpet timer ${index}`);
  }

  #match(index: number): void {
    const timer = this.#timers[index]!;
    this.#settle(timer);
    if (timer.config & config.level) {
      this.#status |= 1 << index;
      this.#drive(index, true);
    } else {
      this.#drive(index, false);
      this.#drive(index, true);
    }
    this.#arm(index);
  }

  #drive(index: number, level: boolean): void {
    const timer = this.#timers[index]!;
    if (timer.asserted === level) return;
    timer.asserted = level;
    if (this.#config & general.legacy && index < 2) this.#output({ irq: index === 0 ? 0 : 8 }, level);
    else this.#output({ pin: (timer.config >> 9) & 31 }, level);
  }

  #readTimer(index: number, register: number): number {
    const timer = this.#timers[index];
    if (!timer) return 0;
    this.#settle(timer);
    switch (register) {
      case 0x00:
        return timer.config;
      case 0x04:
        return routes;
      case 0x08:
        return Number(timer.comparator & narrow);
      case 0x0c:
        return Number(timer.comparator >> 32n);
      default:
        return 0;
    }
  }

  #writeTimer(index: number, register: number, value: number): void {
    const timer = this.#timers[index];
    if (!timer) return;
    this.#settle(timer);
    switch (register) {
      case 0x00: {
        this.#drive(index, false);
        const writable =
          timer.config & config.periodicCapable ? config.writable : config.writable & ~config.periodic;
        timer.config = (timer.config & ~writable) | (value & writable);
        if (timer.config & config.narrow) {
          timer.comparator &= narrow;
          timer.step &= narrow;
        }
        break;
      }
      case 0x08:
        this.#writeComparator(timer, BigInt(value), 0n);
        break;
      case 0x0c:
        if (!(timer.config & config.narrow)) this.#writeComparator(timer, BigInt(value), 32n);
        break;
      default:
        return;
    }
    this.#arm(index);
  }

  #writeComparator(timer: Timer, value: bigint, shift: bigint): void {
    const keep = wide & ~(narrow << shift);
    const bits = value << shift;
    const mask = this.#mask(timer);
    const periodic = (timer.config & config.periodic) !== 0;
    const set = (timer.config & config.setValue) !== 0 || (shift === 32n && timer.setHigh);
    // A periodic timer takes the accumulator only after Tn_VAL_SET_CNF (2.3.9.2.2); the next write is the period.
    if (!periodic || set) timer.comparator = ((timer.comparator & keep) | bits) & mask;
    if (periodic) timer.step = ((timer.step & keep) | bits) & mask;
    timer.setHigh = set && shift === 0n;
    timer.config &= ~config.setValue;
  }

  #read(register: number): number {
    switch (register) {
      case 0x00:
        return hpetCapabilities;
      case 0x04:
        return period * 1_000_000; // femtoseconds
      case 0x10:
        return this.#config;
      case 0x20:
        return this.#status;
      case 0xf0:
        return Number(this.#now() & narrow);
      case 0xf4:
        return Number(this.#now() >> 32n);
      default:
        return register >= 0x100 ? this.#readTimer((register - 0x100) >> 5, register & 0x1f) : 0;
    }
  }

  #write(register: number, value: number): void {
    switch (register) {
      case 0x10:
        this.#writeConfig(value);
        break;
      case 0x20: {
        const cleared = value & this.#status;
        this.#status &= ~value;
        for (let i = 0; i < timerCount; i++) if (cleared & (1 << i)) this.#drive(i, false);
        break;
      }
      case 0xf0:
        this.#writeCounter((this.#now() & ~narrow) | BigInt(value));
        break;
      case 0xf4:
        this.#writeCounter((this.#now() & narrow) | (BigInt(value) << 32n));
        break;
      default:
        if (register >= 0x100) this.#writeTimer((register - 0x100) >> 5, register & 0x1f, value);
    }
  }

  #writeConfig(value: number): void {
    const next = value & (general.enable | general.legacy);
    const changed = next ^ this.#config;
    for (const timer of this.#timers) this.#settle(timer);
    if (changed & general.legacy) {
      for (let i = 0; i < timerCount; i++) this.#drive(i, false);
      this.onLegacyChange((next & general.legacy) !== 0);
    }
    if (changed & general.enable) {
      this.#counter = this.#now();
      this.#origin = this.#clock.now;
    }
    this.#config = next;
    for (let i = 0; i < timerCount; i++) this.#arm(i);
  }

  #writeCounter(value: bigint): void {
    for (const timer of this.#timers) {
      this.#settle(timer);
      timer.seen = value;
    }
    this.#counter = value;
    this.#origin = this.#clock.now;
    for (let i = 0; i < timerCount; i++) this.#arm(i);
  }

  read(address: number, size: AccessSize): number {
    const register = address & 0x3fc;
    const value = this.#read(register) >>> ((address & 3) * 8);
    return size === 4 ? value : size === 2 ? value & 0xffff : value & 0xff;
  }

  write(address: number, size: AccessSize, value: number): void {
    if (size === 4 && (address & 3) === 0) this.#write(address & 0x3fc, value);
  }

  save(put: (value: number) => void): void {
    const put64 = (value: bigint) => {
      put(Number(value & narrow));
      put(Number(value >> 32n));
    };
    put(this.#config);
    put(this.#status);
    put64(this.#counter);
    put(this.#origin);
    for (const timer of this.#timers) {
      put(timer.config);
      put64(timer.comparator);
      put64(timer.step);
      put64(timer.seen);
      put(Number(timer.asserted) | (Number(timer.setHigh) << 1));
    }
  }
}
