import type { Field, Struct } from '../../core/struct.js';
import type { Aml } from './aml.js';
import {
  facs,
  fadt,
  genericAddress,
  hpetTable,
  madt,
  madtIoApic,
  madtLocalApic,
  madtLocalNmi,
  madtOverride,
  rsdp,
  tableHeader,
} from './layouts.js';

/** The ACPI tables as they lie in memory. */
export interface AcpiTables {
  /** Physical address of `bytes`. */
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Physical address of the RSDP. */
  readonly rsdp: number;
}

export interface AcpiOptions {
  /** Physical address of the first table, a multiple of 64. Below 0x100000, scans find the RSDP there. */
  readonly address: number;
  readonly hardware: AcpiHardware;
  /** Body of the DSDT. */
  readonly namespace: Aml;
}

/** Where the hardware is that the tables describe. */
export interface AcpiHardware {
  /** Physical addresses. */
  readonly lapic: number;
  readonly ioApic: number;
  readonly hpet?: { readonly address: number; readonly capabilities: number };
  /** Fixed hardware with an 8259 pair beside it, or hardware-reduced ACPI with neither. */
  readonly power: FixedPower | ReducedPower;
}

/** Ports of fixed hardware (ACPI 6.4, 4.8). */
export interface FixedPower {
  readonly kind: 'fixed';
  readonly event: number;
  readonly control: number;
  readonly timer: number;
  readonly reset: Reset;
}

/** Physical addresses of the sleep registers (4.8.3.7). */
export interface ReducedPower {
  readonly kind: 'reduced';
  readonly control: number;
  readonly status: number;
  readonly reset: Reset;
}

/** The reset register, a port of fixed hardware, else an address; and what to write there. */
interface Reset {
  readonly at: number;
  readonly value: number;
}

const oem = { id: 'ZEROPG', tableId: 'ZEROPAGE', creator: 'ZPGE' } as const;

/** CMOS index of the century (FADT CENTURY). */
const centuryIndex = 0x32;

/** FADT flags (ACPI 6.4 table 5.10). */
const fadtFlags = {
  wbinvd: 1 << 0,
  c1: 1 << 2,
  noFixedPowerButton: 1 << 4,
  noFixedSleepButton: 1 << 5,
  noFixedRtcWake: 1 << 6,
  resetRegister: 1 << 10,
  hardwareReduced: 1 << 20,
} as const;

/** IAPC_BOOT_ARCH (table 5.11). */
const bootArchitecture = { legacyDevices: 1 << 0, i8042: 1 << 1, noVga: 1 << 2 } as const;

/** Interrupt flags of MADT entries: level-triggered, active high. */
const levelHigh = 0x0d;

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** The value that makes `bytes` sum to 0 modulo 256. */
function checksum(bytes: Uint8Array): number {
  return -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
}

function packed<F extends Record<string, Field>>(
  layout: Struct<F>,
  values: Parameters<Struct<F>['write']>[2],
): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  layout.write(new DataView(bytes.buffer), 0, values);
  return bytes;
}

function address(space: 'memory' | 'io', at: number, bytes: 1 | 2 | 4): Uint8Array {
  return packed(genericAddress, {
    space: space === 'io' ? 1 : 0,
    bitWidth: bytes * 8,
    accessSize: bytes === 4 ? 3 : bytes,
    address: BigInt(at),
  });
}

/** Puts header and checksum on a table whose body starts at byte 36. */
function sealed(signature: string, revision: number, table: Uint8Array): Uint8Array {
  tableHeader.write(new DataView(table.buffer), 0, {
    signature: ascii(signature),
    length: table.length,
    revision,
    checksum: 0,
    oemId: ascii(oem.id),
    oemTableId: ascii(oem.tableId),
    oemRevision: 1,
    creatorId: ascii(oem.creator),
    creatorRevision: 1,
  });
  table[9] = checksum(table);
  return table;
}

function joined(...parts: ArrayLike<number>[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function buildDsdt(namespace: Aml): Uint8Array {
  return sealed('DSDT', 2, joined(new Uint8Array(tableHeader.size), namespace));
}

function buildFacs(): Uint8Array {
  return packed(facs, { signature: ascii('FACS'), length: facs.size, version: 2 });
}

function buildFadt(power: AcpiHardware['power'], dsdtAddress: number, facsAddress: number): Uint8Array {
  const common = {
    dsdt: dsdtAddress,
    xDsdt: BigInt(dsdtAddress),
    preferredPmProfile: 4,
    c2Latency: 0xfff,
    c3Latency: 0xfff,
    century: centuryIndex,
    minorVersion: 1,
  };
  const flags =
    fadtFlags.wbinvd |
    fadtFlags.c1 |
    fadtFlags.noFixedPowerButton |
    fadtFlags.noFixedSleepButton |
    fadtFlags.noFixedRtcWake |
    fadtFlags.resetRegister;
  const { reset } = power;
  if (power.kind === 'reduced') {
    return sealed(
      'FACP',
      5,
      packed(fadt, {
        ...common,
        bootArchitecture: bootArchitecture.noVga,
        flags: flags | fadtFlags.hardwareReduced,
        resetRegister: address('memory', reset.at, 1),
        resetValue: reset.value,
        sleepControl: address('memory', power.control, 1),
        sleepStatus: address('memory', power.status, 1),
      }),
    );
  }
  return sealed(
    'FACP',
    5,
    packed(fadt, {
      ...common,
      facs: facsAddress,
      sciInterrupt: 9,
      pm1aEvent: power.event,
      pm1aControl: power.control,
      pmTimer: power.timer,
      pm1EventLength: 4,
      pm1ControlLength: 2,
      pmTimerLength: 4,
      bootArchitecture: bootArchitecture.legacyDevices | bootArchitecture.i8042 | bootArchitecture.noVga,
      flags,
      resetRegister: address('io', reset.at, 1),
      resetValue: reset.value,
      xPm1aEvent: address('io', power.event, 4),
      xPm1aControl: address('io', power.control, 2),
      xPmTimer: address('io', power.timer, 4),
    }),
  );
}

function buildMadt({ lapic, ioApic, power }: AcpiHardware): Uint8Array {
  const hasPic = power.kind === 'fixed';
  const override = (irq: number, gsi: number, flags: number) =>
    packed(madtOverride, { type: 2, length: madtOverride.size, bus: 0, irq, gsi, flags });
  return sealed(
    'APIC',
    3,
    joined(
      packed(madt, { lapicAddress: lapic, flags: hasPic ? 1 : 0 }),
      packed(madtLocalApic, { type: 0, length: madtLocalApic.size, processorUid: 0, apicId: 0, flags: 1 }),
      packed(madtIoApic, {
        type: 1,
        length: madtIoApic.size,
        ioApicId: 0,
        address: ioApic,
        gsiBase: 0,
      }),
      // The timer's IRQ 0 arrives at input 2; the SCI is level-triggered.
      hasPic ? override(0, 2, 0) : [],
      hasPic ? override(9, 9, levelHigh) : [],
      packed(madtLocalNmi, { type: 4, length: madtLocalNmi.size, processorUid: 0xff, flags: 0, lint: 1 }),
    ),
  );
}

function buildHpet({ address: at, capabilities }: NonNullable<AcpiHardware['hpet']>): Uint8Array {
  return sealed(
    'HPET',
    1,
    packed(hpetTable, {
      capabilities,
      // The specification wants 64 bits and no access size here.
      address: packed(genericAddress, { space: 0, bitWidth: 64, address: BigInt(at) }),
      minimumTick: 0x80,
    }),
  );
}

function buildXsdt(addresses: readonly number[]): Uint8Array {
  const table = new Uint8Array(tableHeader.size + 8 * addresses.length);
  const view = new DataView(table.buffer);
  addresses.forEach((at, i) => {
    view.setBigUint64(tableHeader.size + 8 * i, BigInt(at), true);
  });
  return sealed('XSDT', 1, table);
}

function buildRsdp(xsdtAddress: number): Uint8Array {
  const bytes = packed(rsdp, {
    signature: ascii('RSD PTR '),
    oemId: ascii(oem.id),
    revision: 2,
    length: rsdp.size,
    xsdtAddress: BigInt(xsdtAddress),
  });
  bytes[rsdp.fields.checksum.offset] = checksum(bytes.subarray(0, 20));
  bytes[rsdp.fields.extendedChecksum.offset] = checksum(bytes);
  return bytes;
}

/** Builds all tables, the RSDP first. There is no RSDT: every kernel since ACPI 2.0 takes the XSDT. */
export function buildAcpiTables({ address: base, hardware, namespace }: AcpiOptions): AcpiTables {
  const { hpet, power } = hardware;
  const parts: { at: number; bytes: Uint8Array }[] = [];
  let end = 0;
  const place = (bytes: Uint8Array): number => {
    const at = (end + 63) & ~63; // the FACS wants 64-byte boundaries
    parts.push({ at, bytes });
    end = at + bytes.length;
    return base + at;
  };
  const rsdpSpace = new Uint8Array(rsdp.size);
  const rsdpAddress = place(rsdpSpace);
  const dsdtAddress = place(buildDsdt(namespace));
  const facsAddress = power.kind === 'reduced' ? 0 : place(buildFacs());
  const tables = [place(buildFadt(power, dsdtAddress, facsAddress)), place(buildMadt(hardware))];
  if (hpet) tables.push(place(buildHpet(hpet)));
  rsdpSpace.set(buildRsdp(place(buildXsdt(tables))));
  const bytes = new Uint8Array(end);
  for (const part of parts) bytes.set(part.bytes, part.at);
  return { address: base, bytes, rsdp: rsdpAddress };
}
