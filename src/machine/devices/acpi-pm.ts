import type { AccessSize, Device } from '../bus.js';
import { type Clock, type ClockEvent, Oscillator } from '../clock.js';
import type { InterruptLine } from './interrupt-line.js';

/** First port of the block and what stands where in it, in bytes. */
export const pmBase = 0x600;
export const pmBlock = { status: 0, enable: 2, control: 4, timer: 8, size: 12 } as const;

/** Rate of the PM timer in Hz (ACPI 4.8.3.3). */
const pmTimerHertz = 3579545;

/** SLP_TYP of S5, which the DSDT's \_S5 names. */
export const sleepTypeS5 = 5;

/** QEMU's SLP_TYP of S5: guests written for it do without the DSDT, `outw(0x604, 0x2000)`. */
const sleepTypeS5OfQemu = 0;

const event = { timer: 0x0001, globalLock: 0x0020, powerButton: 0x0100, rtc: 0x0400, wake: 0x8000 } as const;
const statusBits = event.timer | event.globalLock | event.powerButton | event.rtc | event.wake;
const enableBits = event.timer | event.globalLock | event.powerButton | event.rtc;
const control = { sciEnable: 0x0001, sleepType: 0x1c00, sleepEnable: 0x2000 } as const;

/** Ticks between changes of the 24-bit timer's highest bit. */
const halfTurn = 0x800000;

/**
 * ACPI fixed hardware: PM1a event and control registers and the 24-bit PM timer (ACPI 6.4 section 4.8.3),
 * at ports 600–60B. It is always in ACPI mode, so there is no SMI command port. Sleep states other than S5 do nothing.
 */
export class AcpiPm implements Device {
  readonly id = 'acpi-pm';
  readonly ports = [{ first: pmBase, count: pmBlock.size, width: 4 }] as const;
  readonly #clock: Clock;
  readonly #crystal: Oscillator;
  readonly #sci: InterruptLine;
  readonly #onPowerOff: () => void;
  #status = 0;
  #enable = 0;
  #control: number = control.sciEnable;
  /** Tick up to which changes of the timer's highest bit are in the status. */
  #since = 0;
  /** @unsaved the clock has it */
  #event: ClockEvent | undefined;

  constructor(clock: Clock, sci: InterruptLine, onPowerOff: () => void) {
    this.#clock = clock;
    this.#crystal = new Oscillator(clock, pmTimerHertz);
    this.#sci = sci;
    this.#onPowerOff = onPowerOff;
  }

  /** The power button is pressed. */
  pressPowerButton(): void {
    this.#status |= event.powerButton;
    this.#update();
  }

  in(port: number, size: AccessSize): number {
    const at = port - pmBase;
    const word = this.#read(at & ~3) >>> ((at & 3) * 8);
    return size === 4 ? word : size === 2 ? word & 0xffff : word & 0xff;
  }

  #read(at: number): number {
    if (at === pmBlock.timer) return this.#crystal.ticks % (2 * halfTurn);
    if (at === pmBlock.control) return this.#control;
    this.#settle();
    return (this.#status | (this.#enable << 16)) >>> 0;
  }

  out(port: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) this.#writeByte(port - pmBase + i, (value >>> (8 * i)) & 0xff);
    this.#update();
  }

  #writeByte(at: number, value: number): void {
    const shift = (at & 1) * 8;
    const mask = 0xff << shift;
    const bits = value << shift;
    switch (at & ~1) {
      case pmBlock.status:
        this.#settle();
        this.#status &= ~bits; // write one to clear
        break;
      case pmBlock.enable:
        this.#enable = ((this.#enable & ~mask) | bits) & enableBits;
        break;
      case pmBlock.control:
        this.#control = ((this.#control & ~mask) | bits | control.sciEnable) & ~control.sleepEnable & 0xffff;
        if (bits & control.sleepEnable) this.#sleep((this.#control & control.sleepType) >> 10);
        break;
      default: // The timer is read-only.
    }
  }

  #sleep(type: number): void {
    if (type === sleepTypeS5 || type === sleepTypeS5OfQemu) this.#onPowerOff();
  }

  /** Enters what the timer did since the last look into the status. */
  #settle(): void {
    const ticks = this.#crystal.ticks;
    if (Math.floor(ticks / halfTurn) !== Math.floor(this.#since / halfTurn)) this.#status |= event.timer;
    this.#since = ticks;
  }

  #update(): void {
    this.#settle();
    this.#sci.set((this.#status & this.#enable & enableBits) !== 0);
    this.#clock.cancel(this.#event);
    this.#event = undefined;
    if (!(this.#enable & event.timer) || this.#status & event.timer) return;
    const next = (Math.floor(this.#since / halfTurn) + 1) * halfTurn;
    this.#event = this.#clock.schedule(this.#crystal.timeOf(next), () => this.#update(), 'acpi pm timer');
  }

  save(put: (value: number) => void): void {
    put(this.#status & statusBits);
    put(this.#enable);
    put(this.#control);
    put(this.#since);
  }
}
