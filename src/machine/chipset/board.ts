import type { OrderedItem } from '../../core/ordered-table.js';
import { Bus, type Device } from '../bus.js';
import type { Clock } from '../clock.js';
import { InterruptLine } from '../devices/interrupt-line.js';
import { IoApic } from '../devices/ioapic.js';
import { LocalApic } from '../devices/lapic.js';
import type { Pic8259 } from '../devices/pic8259.js';
import type { CmosMemory } from '../devices/rtc.js';
import type { Put, Saved } from '../saved.js';

/** Why the machine wants to start again. */
export type ResetSource =
  | 'reset control (port CF9)'
  | 'port 92'
  | 'keyboard controller (port 64)'
  | 'ACPI reset register';

export interface ChipsetOptions {
  readonly clock: Clock;
  /** The guest switched the machine off. */
  readonly onPowerOff: () => void;
  readonly onReset: (source: ResetSource) => void;
  /** A byte left COM1, or the debug console where there is one. */
  readonly onConsoleByte: (byte: number) => void;
  /** The guest ended the machine with this exit status, 8 bits. */
  readonly onExit?: (status: number) => void;
  /** Wall clock at power-on, in seconds since 1970-01-01T00:00:00Z; default 2026-01-01. */
  readonly wallClockStart?: number;
  /** RAM sizes for CMOS; default 512 MiB below 4 GiB. */
  readonly memory?: CmosMemory;
  /** Whether a PC has an HPET; default false: Linux's driver measures it with 800,000 accesses and has no use for it. */
  readonly hpet?: boolean;
  /** Physical address for the ACPI tables, a multiple of 64; default E0000, where scans find the RSDP. */
  readonly acpiAddress?: number;
}

/** 2026-01-01T00:00:00Z. */
const defaultWallClock = 1767225600;

/** One device of a chipset; they are built in the order of the table they stand in. */
export interface BoardDevice extends OrderedItem {
  /** Builds the device, wires it and returns it for the bus. */
  build(board: Board): Device;
}

/** Input of the I/O APIC an ISA interrupt arrives at: the timer's is 2, since 2 is the cascade's. */
function pinOfIsa(irq: number): number {
  return irq === 0 ? 2 : irq;
}

/** What devices are plugged into: the bus, the APICs and the interrupt wires. */
export class Board implements Saved {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly lapic: LocalApic;
  readonly ioapic: IoApic;
  /** Set by the device that is one; wires made before do not reach it. @unsaved wiring */
  pic: Pic8259 | undefined;
  readonly memory: CmosMemory;
  /** Seconds since 1970. */
  readonly wallClockStart: number;
  readonly #isa: InterruptLine[] = [];
  /** Wires of PIT and RTC, which the HPET can cut off from IRQ 0 and 8. */
  readonly #replaceable = new Map<number, InterruptLine>();
  #replaced = false;

  constructor(readonly options: ChipsetOptions) {
    this.clock = options.clock;
    this.bus = new Bus(options.clock);
    this.lapic = new LocalApic(options.clock);
    this.ioapic = new IoApic(this.lapic);
    this.memory = options.memory ?? { low: 512 * 1024 * 1024, high: 0 };
    this.wallClockStart = options.wallClockStart ?? defaultWallClock;
    this.bus.attach(this.lapic);
    this.bus.attach(this.ioapic);
  }

  /** The wire of ISA interrupt `irq` (0–15), to the 8259 pair where there is one and to the I/O APIC. */
  isaLine(irq: number): InterruptLine {
    const existing = this.#isa[irq];
    if (existing) return existing;
    const line = new InterruptLine();
    const { pic } = this;
    if (pic) line.connect((level) => pic.setInput(irq, level));
    line.connect((level) => this.ioapic.setInput(pinOfIsa(irq), level));
    this.#isa[irq] = line;
    return line;
  }

  /** A wire to ISA interrupt `irq` that does nothing while the HPET has it (legacy replacement). */
  replaceableLine(irq: number): InterruptLine {
    const line = new InterruptLine();
    const target = this.isaLine(irq);
    line.connect((level) => {
      if (!this.#replaced) target.set(level);
    });
    this.#replaceable.set(irq, line);
    return line;
  }

  save(put: Put): void {
    put(this.#replaced);
    for (const line of this.#isa) put(line?.level);
    for (const line of this.#replaceable.values()) put(line.level);
  }

  /** Gives IRQ 0 and 8 to the HPET, or back. */
  replaceLegacy(replaced: boolean): void {
    this.#replaced = replaced;
    for (const [irq, line] of this.#replaceable) this.isaLine(irq).set(!replaced && line.level);
  }
}
