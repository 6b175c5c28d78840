import type { AcpiOptions, AcpiTables } from '../acpi/tables.js';
import type { Bus } from '../bus.js';
import type { LocalApic } from '../devices/lapic.js';
import type { Uart16550 } from '../devices/uart16550.js';
import type { Saved } from '../saved.js';
import type { BoardDevice, ChipsetOptions } from './board.js';
import type { Interrupts } from './interrupts.js';

/** Type of an e820 entry: reserved. */
export const e820Reserved = 2;

/** An entry for the guest's memory map, in bytes. */
export interface ReservedRange {
  readonly start: number;
  readonly size: number;
  /** e820 type. */
  readonly type: number;
}

/** What makes one chipset differ from another. */
export interface ChipsetDescription {
  readonly id: string;
  devices(options: ChipsetOptions): readonly BoardDevice[];
  acpi(options: ChipsetOptions): Omit<AcpiOptions, 'address'>;
  /** Ranges beyond ACPI tables and APICs. */
  reserved(options: ChipsetOptions): readonly { readonly start: number; readonly size: number }[];
  /** What a Linux command line needs where the processor does not report its TSC's rate. */
  readonly kernelParameters: readonly string[];
}

/** A chipset built and wired: everything of a machine but processor and memory. */
export interface Chipset extends Saved {
  readonly id: string;
  readonly bus: Bus;
  readonly interrupts: Interrupts;
  readonly lapic: LocalApic;
  /** COM1; `serial.receive(byte)` types on it. */
  readonly serial: Uart16550;
  /** To be copied into RAM before the boot. */
  readonly acpi: AcpiTables;
  readonly reserved: readonly ReservedRange[];
  readonly kernelParameters: readonly string[];
}
