import type { AccessSize, Device, MmioRange } from '../bus.js';
import { sleepTypeS5 } from './acpi-pm.js';

/** Where the registers of hardware-reduced ACPI stand. */
export const sleepAddress = 0xfea00000;
export const sleepBlock = { control: 0, status: 1, reset: 2 } as const;

/** Written to the reset register to reset the machine (FADT RESET_VALUE). */
export const resetValue = 0x42;

const control = { sleepType: 0x1c, sleepEnable: 0x20 } as const;

/** Sleep control, sleep status and reset registers of hardware-reduced ACPI (ACPI 6.4 sections 4.8.3.7 and 4.8.3.6). */
export class AcpiSleep implements Device {
  readonly id = 'acpi-sleep';
  readonly mmio: readonly MmioRange[] = [{ start: sleepAddress, size: 0x1000 }];
  #control = 0;

  constructor(
    readonly onPowerOff: () => void,
    readonly onReset: () => void,
  ) {}

  read(address: number, _size: AccessSize): number {
    // WAK_STS never gets set: this machine does not sleep.
    return address - sleepAddress === sleepBlock.control ? this.#control : 0;
  }

  write(address: number, _size: AccessSize, value: number): void {
    const at = address - sleepAddress;
    if (at === sleepBlock.control) {
      this.#control = value & control.sleepType;
      if (value & control.sleepEnable && this.#control >> 2 === sleepTypeS5) this.onPowerOff();
    } else if (at === sleepBlock.reset && (value & 0xff) === resetValue) this.onReset();
  }

  save(put: (value: number) => void): void {
    put(this.#control);
  }
}
