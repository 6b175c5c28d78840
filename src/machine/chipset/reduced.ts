import { reducedNamespace } from '../../firmware/acpi/dsdt.js';
import { sleepTypeS5 } from '../devices/acpi-pm.js';
import { AcpiSleep, resetValue, sleepAddress, sleepBlock } from '../devices/acpi-sleep.js';
import type { ChipsetDescription } from './chipset.js';
import { com1, level, postCode, rtc } from './common.js';

/**
 * Hardware-reduced ACPI: APICs, COM1 and RTC, nothing else. No 8259, which Linux would leave unmasked when it comes
 * through PVH. No PIT, HPET or PM timer, so nothing to measure the TSC with: the processor must report its rate in
 * CPUID leaf 15h, or the kernel be told. The RTC stays, since kernels wait a second each for one that is not there.
 */
export const reduced: ChipsetDescription = {
  id: 'reduced',
  devices: () => [
    rtc,
    com1,
    {
      id: 'acpi-sleep',
      order: level.others,
      build: ({ options }) => new AcpiSleep(options.onPowerOff, () => options.onReset('ACPI reset register')),
    },
    postCode,
  ],
  acpi: () => ({
    power: {
      kind: 'reduced',
      control: sleepAddress + sleepBlock.control,
      status: sleepAddress + sleepBlock.status,
      reset: { at: sleepAddress + sleepBlock.reset, value: resetValue },
    },
    namespace: reducedNamespace(sleepTypeS5),
  }),
  reserved: () => [{ start: sleepAddress, size: 0x1000 }],
  kernelParameters: ['tsc_early_khz=1000000'],
};
