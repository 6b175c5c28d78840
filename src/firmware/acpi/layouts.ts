import { field, struct } from '../../core/struct.js';

/** System description tables as ACPI 6.4 lays them out; sections in each `source`. */

export const rsdp = struct('RSDP', 'ACPI 6.4, 5.2.5.3', {
  signature: field(0, { bytes: 8 }, '"RSD PTR "'),
  checksum: field(8, 'u8', 'makes the first 20 bytes sum to 0'),
  oemId: field(9, { bytes: 6 }),
  revision: field(15, 'u8', '2 since ACPI 2.0'),
  rsdtAddress: field(16, 'u32'),
  length: field(20, 'u32'),
  xsdtAddress: field(24, 'u64'),
  extendedChecksum: field(32, 'u8', 'makes all 36 bytes sum to 0'),
  reserved: field(33, { bytes: 3 }),
});

export const tableHeader = struct('system description table header', 'ACPI 6.4, 5.2.6', {
  signature: field(0, { bytes: 4 }),
  length: field(4, 'u32'),
  revision: field(8, 'u8'),
  checksum: field(9, 'u8', 'makes the whole table sum to 0'),
  oemId: field(10, { bytes: 6 }),
  oemTableId: field(16, { bytes: 8 }),
  oemRevision: field(24, 'u32'),
  creatorId: field(28, { bytes: 4 }),
  creatorRevision: field(32, 'u32'),
});

export const genericAddress = struct('generic address structure', 'ACPI 6.4, 5.2.3.2', {
  space: field(0, 'u8', '0 memory, 1 I/O'),
  bitWidth: field(1, 'u8'),
  bitOffset: field(2, 'u8'),
  accessSize: field(3, 'u8', '1 byte, 2 word, 3 dword, 4 qword'),
  address: field(4, 'u64'),
});

const gas = { bytes: genericAddress.size } as const;

/** Revision 5, the first with the sleep registers. */
export const fadt = struct('FADT', 'ACPI 5.0, 5.2.9', {
  facs: field(36, 'u32'),
  dsdt: field(40, 'u32'),
  preferredPmProfile: field(45, 'u8', '4 enterprise server'),
  sciInterrupt: field(46, 'u16'),
  smiCommand: field(48, 'u32', '0: always in ACPI mode'),
  pm1aEvent: field(56, 'u32'),
  pm1aControl: field(64, 'u32'),
  pmTimer: field(76, 'u32'),
  pm1EventLength: field(88, 'u8'),
  pm1ControlLength: field(89, 'u8'),
  pmTimerLength: field(91, 'u8'),
  c2Latency: field(96, 'u16', 'above 100 µs: no C2'),
  c3Latency: field(98, 'u16', 'above 1000 µs: no C3'),
  century: field(108, 'u8', 'CMOS index'),
  bootArchitecture: field(109, 'u16', 'IAPC_BOOT_ARCH'),
  flags: field(112, 'u32'),
  resetRegister: field(116, gas),
  resetValue: field(128, 'u8'),
  minorVersion: field(131, 'u8'),
  xFacs: field(132, 'u64'),
  xDsdt: field(140, 'u64'),
  xPm1aEvent: field(148, gas),
  xPm1aControl: field(172, gas),
  xPmTimer: field(208, gas),
  sleepControl: field(244, gas),
  sleepStatus: field(256, gas),
});

export const facs = struct(
  'FACS',
  'ACPI 6.4, 5.2.10',
  {
    signature: field(0, { bytes: 4 }),
    length: field(4, 'u32'),
    version: field(32, 'u8'),
  },
  64,
);

export const madt = struct('MADT', 'ACPI 6.4, 5.2.12', {
  lapicAddress: field(36, 'u32'),
  flags: field(40, 'u32', 'bit 0: there is an 8259 pair to mask'),
});

export const madtLocalApic = struct('processor local APIC', 'ACPI 6.4, 5.2.12.2', {
  type: field(0, 'u8'),
  length: field(1, 'u8'),
  processorUid: field(2, 'u8'),
  apicId: field(3, 'u8'),
  flags: field(4, 'u32', 'bit 0: enabled'),
});

export const madtIoApic = struct('I/O APIC', 'ACPI 6.4, 5.2.12.3', {
  type: field(0, 'u8'),
  length: field(1, 'u8'),
  ioApicId: field(2, 'u8'),
  address: field(4, 'u32'),
  gsiBase: field(8, 'u32'),
});

export const madtOverride = struct('interrupt source override', 'ACPI 6.4, 5.2.12.5', {
  type: field(0, 'u8'),
  length: field(1, 'u8'),
  bus: field(2, 'u8', '0 ISA'),
  irq: field(3, 'u8'),
  gsi: field(4, 'u32'),
  flags: field(8, 'u16', 'polarity in bits 1–0, trigger mode in bits 3–2'),
});

export const madtLocalNmi = struct('local APIC NMI', 'ACPI 6.4, 5.2.12.7', {
  type: field(0, 'u8'),
  length: field(1, 'u8'),
  processorUid: field(2, 'u8', '0xff: all'),
  flags: field(3, 'u16'),
  lint: field(5, 'u8'),
});

export const hpetTable = struct('HPET', 'IA-PC HPET 1.0a, 3.2.4', {
  capabilities: field(36, 'u32', 'low half of the capability register'),
  address: field(40, gas),
  number: field(52, 'u8'),
  minimumTick: field(53, 'u16'),
  attributes: field(55, 'u8'),
});
