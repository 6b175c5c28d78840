import type { AccessSize, Device } from '../bus.js';
import type { InterruptLine } from './interrupt-line.js';

const interruptEnable = { receivedData: 1, transmitterEmpty: 2, lineStatus: 4, modemStatus: 8 } as const;
const identification = {
  none: 0x01,
  modemStatus: 0x00,
  transmitterEmpty: 0x02,
  receivedData: 0x04,
  lineStatus: 0x06,
  characterTimeout: 0x0c,
  fifosEnabled: 0xc0,
} as const;
const fifoControl = { enable: 1, clearReceiver: 2 } as const;
const divisorLatchAccess = 0x80;
const modemControl = { dtr: 1, rts: 2, out1: 4, out2: 8, loop: 0x10 } as const;
const lineStatus = { dataReady: 1, overrun: 2, transmitterHoldingEmpty: 0x20, empty: 0x40 } as const;
const modemStatus = {
  ctsChanged: 1,
  dsrChanged: 2,
  riEnded: 4,
  dcdChanged: 8,
  cts: 16,
  dsr: 32,
  ri: 64,
  dcd: 128,
};

const fifoSize = 16;
const triggerLevels = [1, 4, 8, 14] as const;

/**
 * National Semiconductor PC16550D UART (datasheet section 8), a terminal that is always ready at its far end.
 * A byte written leaves at once and THRE never stays clear: at a true baud rate polled consoles would burn
 * 87 µs of instructions a character. Received bytes below the trigger level count as timed out at once.
 */
export class Uart16550 implements Device {
  readonly id: string;
  readonly ports;
  readonly #irq: InterruptLine;
  readonly #onByte: (byte: number) => void;
  /** Bytes from outside that the receiver has no room for yet. */
  readonly #waiting: number[] = [];
  readonly #fifo: number[] = [];
  #ier = 0;
  #fcr = 0;
  #lcr = 0;
  #mcr = 0;
  #msr: number = modemStatus.cts | modemStatus.dsr | modemStatus.dcd;
  #scratch = 0;
  #divisor = 1;
  #overrun = false;
  /** The transmitter-empty interrupt is pending: set when the holding register empties, cleared by reading IIR. */
  #transmitterEmpty = false;
  /** What RBR gives when nothing was received since. */
  #lastReceived = 0;

  /** `base`: first of its eight ports; `onByte` gets what the guest sends. */
  constructor(id: string, base: number, irq: InterruptLine, onByte: (byte: number) => void) {
    this.id = id;
    this.ports = [{ first: base, count: 8, width: 1 as const }];
    this.#irq = irq;
    this.#onByte = onByte;
  }

  /** A byte arrives from outside; it waits here until the guest has read those before it. */
  receive(byte: number): void {
    this.#waiting.push(byte & 0xff);
    this.#fill();
    this.#update();
  }

  in(port: number, _size: AccessSize): number {
    const dlab = (this.#lcr & divisorLatchAccess) !== 0;
    switch (port & 7) {
      case 0:
        return dlab ? this.#divisor & 0xff : this.#readReceiver();
      case 1:
        return dlab ? this.#divisor >> 8 : this.#ier;
      case 2:
        return this.#readIdentification();
      case 3:
        return this.#lcr;
      case 4:
        return this.#mcr;
      case 5:
        return this.#readLineStatus();
      case 6:
        return this.#readModemStatus();
      default:
        return this.#scratch;
    }
  }

  out(port: number, _size: AccessSize, value: number): void {
    const dlab = (this.#lcr & divisorLatchAccess) !== 0;
    switch (port & 7) {
      case 0:
        if (dlab) this.#divisor = (this.#divisor & 0xff00) | value;
        else this.#transmit(value);
        break;
      case 1:
        if (dlab) this.#divisor = (this.#divisor & 0xff) | (value << 8);
        else this.#writeInterruptEnable(value & 0x0f);
        break;
      case 2:
        this.#writeFifoControl(value);
        break;
      case 3:
        this.#lcr = value;
        break;
      case 4:
        this.#mcr = value & 0x1f;
        this.#updateModemStatus();
        this.#update();
        break;
      case 7:
        this.#scratch = value;
        break;
      default: // LSR is for factory tests, MSR read-only.
    }
  }

  get #loop(): boolean {
    return (this.#mcr & modemControl.loop) !== 0;
  }

  #readReceiver(): number {
    if (this.#fifo.length > 0) this.#lastReceived = this.#fifo.shift()!;
    this.#fill();
    this.#update();
    return this.#lastReceived;
  }

  #readIdentification(): number {
    const cause = this.#cause();
    if (cause === identification.transmitterEmpty) {
      this.#transmitterEmpty = false;
      this.#update();
    }
    return cause | (this.#fcr & fifoControl.enable ? identification.fifosEnabled : 0);
  }

  #readLineStatus(): number {
    const value =
      lineStatus.transmitterHoldingEmpty |
      lineStatus.empty |
      (this.#fifo.length > 0 ? lineStatus.dataReady : 0) |
      (this.#overrun ? lineStatus.overrun : 0);
    if (this.#overrun) {
      this.#overrun = false;
      this.#update();
    }
    return value;
  }

  #readModemStatus(): number {
    const value = this.#msr;
    if (value & 0x0f) {
      this.#msr &= 0xf0;
      this.#update();
    }
    return value;
  }

  #writeInterruptEnable(value: number): void {
    // Enabling it while the holding register is empty interrupts at once; Linux tests for that.
    if (value & ~this.#ier & interruptEnable.transmitterEmpty) this.#transmitterEmpty = true;
    this.#ier = value;
    this.#update();
  }

  #writeFifoControl(value: number): void {
    const toggled = ((value ^ this.#fcr) & fifoControl.enable) !== 0;
    if (toggled || value & fifoControl.clearReceiver) this.#fifo.length = 0;
    this.#fcr = value & fifoControl.enable ? value & 0xc9 : 0;
    this.#fill();
    this.#update();
  }

  #transmit(value: number): void {
    // The holding register fills, which ends the interrupt, and empties again: a new edge.
    this.#transmitterEmpty = false;
    this.#update();
    if (!this.#loop) this.#onByte(value);
    else if (this.#fifo.length < this.#room) this.#fifo.push(value);
    else this.#overrun = true;
    this.#transmitterEmpty = true;
    this.#update();
  }

  get #room(): number {
    return this.#fcr & fifoControl.enable ? fifoSize : 1;
  }

  #fill(): void {
    if (this.#loop) return;
    while (this.#waiting.length > 0 && this.#fifo.length < this.#room)
      this.#fifo.push(this.#waiting.shift()!);
  }

  #updateModemStatus(): void {
    const mcr = this.#mcr;
    const { cts, dsr, ri, dcd } = modemStatus;
    const lines = this.#loop
      ? (mcr & modemControl.rts ? cts : 0) |
        (mcr & modemControl.dtr ? dsr : 0) |
        (mcr & modemControl.out1 ? ri : 0) |
        (mcr & modemControl.out2 ? dcd : 0)
      : cts | dsr | dcd;
    const before = this.#msr & 0xf0;
    const changed = (before ^ lines) >> 4;
    // RI reports its trailing edge only.
    const deltas = (changed & ~modemStatus.riEnded) | (changed & (before >> 4) & modemStatus.riEnded);
    this.#msr = lines | (this.#msr & 0x0f) | deltas;
  }

  /** The pending interrupt of highest priority (datasheet table IV). */
  #cause(): number {
    const ier = this.#ier;
    if (ier & interruptEnable.lineStatus && this.#overrun) return identification.lineStatus;
    if (ier & interruptEnable.receivedData && this.#fifo.length > 0) {
      const enabled = this.#fcr & fifoControl.enable;
      return enabled && this.#fifo.length < triggerLevels[this.#fcr >> 6]!
        ? identification.characterTimeout
        : identification.receivedData;
    }
    if (ier & interruptEnable.transmitterEmpty && this.#transmitterEmpty)
      return identification.transmitterEmpty;
    if (ier & interruptEnable.modemStatus && this.#msr & 0x0f) return identification.modemStatus;
    return identification.none;
  }

  #update(): void {
    // On a PC, OUT2 gates the interrupt; in loopback the pin is inactive.
    const gate = (this.#mcr & (modemControl.out2 | modemControl.loop)) === modemControl.out2;
    this.#irq.set(gate && this.#cause() !== identification.none);
  }

  save(put: (value: number) => void): void {
    for (const list of [this.#waiting, this.#fifo]) {
      put(list.length);
      list.forEach(put);
    }
    for (const value of [this.#ier, this.#fcr, this.#lcr, this.#mcr, this.#msr, this.#scratch, this.#divisor])
      put(value);
    put(Number(this.#overrun) | (Number(this.#transmitterEmpty) << 1));
    put(this.#lastReceived);
  }
}
