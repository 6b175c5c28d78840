import type { MemoryRange } from '../../abi/memory-map.js';
import type { Aml } from '../../firmware/acpi/aml.js';
import type { AcpiHardware, AcpiTables } from '../../firmware/acpi/tables.js';
import type { Bus } from '../bus.js';
import type { LocalApic } from '../devices/lapic.js';
import type { Uart16550 } from '../devices/uart16550.js';
import type { Saved } from '../saved.js';
import type { BoardDevice, ChipsetOptions } from './board.js';
import type { Interrupts } from './interrupts.js';

/** What makes one chipset differ from another. */
export interface ChipsetDescription {
  readonly id: string;
  devices(options: ChipsetOptions): readonly BoardDevice[];
  /** What its ACPI tables say beyond the APICs; `namespace` is the body of the DSDT. */
  acpi(options: ChipsetOptions): Pick<AcpiHardware, 'hpet' | 'power'> & { readonly namespace: Aml };
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
  /** For the guest's memory map. */
  readonly reserved: readonly MemoryRange[];
  readonly kernelParameters: readonly string[];
}
