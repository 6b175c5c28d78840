import type { AccessSize, Device } from '../bus.js';

const sleepEnable = 0x2000;

/** Where Bochs (as QEMU before 2.0) and VirtualBox have PM1a control, and the SLP_TYP of soft off there. */
const places = [
  { port: 0xb004, sleepTypeS5: 0 },
  { port: 0x4004, sleepTypeS5: 5 },
] as const;

/**
 * PM1a control registers (ACPI 6.4 section 4.8.3.2) of other virtual machines, for guests that switch off without asking the ACPI
 * tables: `outw(0xb004, 0x2000)`, `outw(0x4004, 0x3400)`.
 */
export class PmControl implements Device {
  readonly id = 'pm-control';
  readonly ports = places.map(({ port }) => ({ first: port, count: 2, width: 2 }) as const);

  constructor(readonly onPowerOff: () => void) {}

  in(_port: number, _size: AccessSize): number {
    return 0;
  }

  out(port: number, size: AccessSize, value: number): void {
    const bits = port & 1 ? value << 8 : size === 1 ? 0 : value;
    const type = places.find((place) => place.port === (port & ~1))!.sleepTypeS5;
    if (bits & sleepEnable && (bits >> 10) % 8 === type) this.onPowerOff();
  }

  save(): void {}
}
