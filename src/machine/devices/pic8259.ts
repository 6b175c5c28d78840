import type { AccessSize, Device } from '../bus.js';

/** The master's input for the slave, as a bit. */
const cascade = 1 << 2;

/** One 8259A (Intel 8259A datasheet; PC differences: ELCR, no 8080 mode). */
class Pic {
  /** Asserted inputs. */
  lines = 0;
  irr = 0;
  isr = 0;
  /** Vector of input 0. */
  base: number;
  /** Input of lowest priority. */
  lowest = 7;
  /** Which initialisation word comes next; 0 when initialised. */
  next = 0;
  needsIcw4 = false;
  /** All inputs are level-triggered (ICW1 LTIM). */
  levelTriggered = false;
  autoEoi = false;
  rotateOnAutoEoi = false;
  specialFullyNested = false;
  specialMask = false;
  poll = false;
  readIsr = false;

  constructor(
    readonly master: boolean,
    base: number,
    public imr: number,
    public elcr: number,
    readonly onOutput: () => void,
  ) {
    this.base = base;
  }

  #isLevel(bit: number): boolean {
    // The cascade follows the slave's INT; as an edge it would be lost when the slave holds it across two requests.
    return this.levelTriggered || (this.elcr & bit) !== 0 || (this.master && bit === cascade);
  }

  /** A request lasts as long as its input is asserted; an edge-triggered one also ends when it is taken. */
  setInput(input: number, level: boolean): void {
    const bit = 1 << input;
    if (level) {
      if (!(this.lines & bit) || this.#isLevel(bit)) this.irr |= bit;
      this.lines |= bit;
    } else {
      this.irr &= ~bit;
      this.lines &= ~bit;
    }
    this.onOutput();
  }

  /** Position of the first set bit in priority order, 8 when none. */
  #priority(bits: number): number {
    if (bits === 0) return 8;
    let rank = 0;
    while (!(bits & (1 << ((this.lowest + 1 + rank) & 7)))) rank++;
    return rank;
  }

  /** Input whose request would interrupt now, -1 when none. */
  requested(): number {
    if (this.next !== 0) return -1;
    const rank = this.#priority(this.irr & ~this.imr);
    if (rank === 8) return -1;
    let serviced = this.isr;
    if (this.specialMask) serviced &= ~this.imr;
    // In special fully nested mode the slave's next request passes its earlier one.
    if (this.specialFullyNested && this.master) serviced &= ~cascade;
    return rank < this.#priority(serviced) ? (this.lowest + 1 + rank) & 7 : -1;
  }

  /** The request is taken: it moves to the in-service register. */
  take(input: number): void {
    const bit = 1 << input;
    if (!this.#isLevel(bit)) this.irr &= ~bit;
    if (!this.autoEoi) this.isr |= bit;
    else if (this.rotateOnAutoEoi) this.lowest = input;
    this.onOutput();
  }

  read(port: number): number {
    if (this.poll) {
      // Poll command: the read acts as the acknowledge cycle.
      this.poll = false;
      const input = this.requested();
      if (input === -1) return 0;
      this.take(input);
      return 0x80 | input;
    }
    if (port & 1) return this.imr;
    return this.readIsr ? this.isr : this.irr;
  }

  write(port: number, value: number): void {
    if (port & 1) this.#writeData(value);
    else if (value & 0x10) this.#initialise(value);
    else if (value & 0x08) this.#writeOcw3(value);
    else this.#writeOcw2(value);
    this.onOutput();
  }

  #initialise(icw1: number): void {
    this.levelTriggered = (icw1 & 8) !== 0;
    // The edge latches are cleared; level inputs that are still asserted stay requested.
    this.irr = 0;
    for (let bit = 1; bit < 0x100; bit <<= 1) if (this.#isLevel(bit)) this.irr |= this.lines & bit;
    this.imr = 0;
    this.isr = 0;
    this.lowest = 7;
    this.specialMask = false;
    this.poll = false;
    this.readIsr = false;
    this.autoEoi = false;
    this.rotateOnAutoEoi = false;
    this.specialFullyNested = false;
    this.needsIcw4 = (icw1 & 1) !== 0;
    this.next = 2;
  }

  #writeData(value: number): void {
    switch (this.next) {
      case 0:
        this.imr = value;
        break;
      case 2:
        this.base = value & 0xf8;
        this.next = 3;
        break;
      case 3: // The cascade is wired; ICW3 only confirms it.
        this.next = this.needsIcw4 ? 4 : 0;
        break;
      default:
        this.autoEoi = (value & 2) !== 0;
        this.specialFullyNested = (value & 0x10) !== 0;
        this.next = 0;
    }
  }

  #writeOcw3(value: number): void {
    if (value & 0x40) this.specialMask = (value & 0x20) !== 0;
    if (value & 0x04) this.poll = true;
    if (value & 0x02) this.readIsr = (value & 1) !== 0;
  }

  #writeOcw2(value: number): void {
    const rotate = (value & 0x80) !== 0;
    const specific = (value & 0x40) !== 0;
    const eoi = (value & 0x20) !== 0;
    if (eoi) {
      let input = value & 7;
      if (!specific) {
        const rank = this.#priority(this.specialMask ? this.isr & ~this.imr : this.isr);
        if (rank === 8) return;
        input = (this.lowest + 1 + rank) & 7;
      }
      this.isr &= ~(1 << input);
      if (rotate) this.lowest = input;
    } else if (specific) {
      if (rotate) this.lowest = value & 7;
    } else {
      this.rotateOnAutoEoi = rotate;
    }
  }

  save(put: (value: number) => void): void {
    for (const value of [
      this.lines,
      this.irr,
      this.imr,
      this.isr,
      this.base,
      this.elcr,
      this.lowest,
      this.next,
    ])
      put(value);
    const bits = [
      this.needsIcw4,
      this.levelTriggered,
      this.autoEoi,
      this.rotateOnAutoEoi,
      this.specialFullyNested,
      this.specialMask,
      this.poll,
      this.readIsr,
    ];
    put(bits.reduce((all, bit, i) => all | (Number(bit) << i), 0));
  }
}

/**
 * The PC's two 8259A interrupt controllers, the second on input 2 of the first, with the edge/level registers
 * of ports 4D0 and 4D1 (Intel 82371AB datasheet, section 4.1.8).
 * They start as SeaBIOS leaves them: vectors 08 and 70, open for the timer, keyboard, floppy disc, RTC, mouse, coprocessor and
 * disc, inputs 10 and 11 level-triggered for PCI. So a guest that enables interrupts before it programs them
 * gets the timer's as vector 8.
 */
export class Pic8259 implements Device {
  readonly id = 'pic';
  readonly ports = [
    { first: 0x20, count: 2, width: 1 },
    { first: 0xa0, count: 2, width: 1 },
    { first: 0x4d0, count: 2, width: 1 },
  ] as const;
  /** Called when INTR may have changed. @unsaved wiring */
  onChange: () => void = () => {};
  readonly #master: Pic = new Pic(true, 0x08, 0xb8, 0x00, () => this.onChange());
  readonly #slave: Pic = new Pic(false, 0x70, 0x8e, 0x0c, () =>
    this.#master.setInput(2, this.#slave.requested() !== -1),
  );

  /** Asserts or releases input `irq` (0–15; 2 is the cascade). */
  setInput(irq: number, level: boolean): void {
    if (irq < 8) this.#master.setInput(irq, level);
    else this.#slave.setInput(irq - 8, level);
  }

  /** INTR is asserted. */
  pending(): boolean {
    return this.#master.requested() !== -1;
  }

  /** The two INTA cycles: the vector of the request of highest priority, or that of input 7 when it went away. */
  acknowledge(): number {
    const input = this.#master.requested();
    if (input === -1) return this.#master.base + 7;
    if (input !== 2) {
      this.#master.take(input);
      return this.#master.base + input;
    }
    const slaveInput = this.#slave.requested();
    this.#master.take(2);
    if (slaveInput === -1) return this.#slave.base + 7;
    this.#slave.take(slaveInput);
    return this.#slave.base + slaveInput;
  }

  in(port: number, _size: AccessSize): number {
    switch (port & 0xfffe) {
      case 0x20:
        return this.#master.read(port);
      case 0xa0:
        return this.#slave.read(port);
      default:
        return port === 0x4d0 ? this.#master.elcr : this.#slave.elcr;
    }
  }

  out(port: number, _size: AccessSize, value: number): void {
    switch (port & 0xfffe) {
      case 0x20:
        this.#master.write(port, value);
        break;
      case 0xa0:
        this.#slave.write(port, value);
        break;
      default:
        // IRQ 0, 1, 2, 8 and 13 are always edge-triggered.
        if (port === 0x4d0) this.#master.elcr = value & 0xf8;
        else this.#slave.elcr = value & 0xde;
    }
  }

  save(put: (value: number) => void): void {
    this.#master.save(put);
    this.#slave.save(put);
  }
}
