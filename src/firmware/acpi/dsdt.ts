import {
  type Aml,
  busNumbers,
  device,
  edgeInterrupt,
  eisaId,
  integer,
  ioPorts,
  ioWindow,
  isaIrq,
  memoryWindow,
  named,
  packageOf,
  resources,
  scope,
} from './aml.js';

/** \_S5: SLP_TYPa and SLP_TYPb of soft off, and two reserved elements (7.4.2.6). */
const softOff = (type: number): Aml =>
  named('_S5', packageOf(integer(type), integer(type), integer(0), integer(0)));

function serialPort(interrupt: Aml): Aml {
  return device(
    'COM1',
    named('_HID', eisaId('PNP0501')),
    named('_UID', integer(1)),
    named('_STA', integer(0x0f)),
    named('_CRS', resources(ioPorts(0x3f8, 8), interrupt)),
  );
}

function realTimeClock(interrupt: Aml): Aml {
  return device(
    'RTC',
    named('_HID', eisaId('PNP0B00')),
    named('_CRS', resources(ioPorts(0x70, 2), interrupt)),
  );
}

/** The controller is the keyboard's; the mouse has only its interrupt. */
const keyboardAndMouse: Aml = [
  ...device(
    'KBD',
    named('_HID', eisaId('PNP0303')),
    named('_STA', integer(0x0f)),
    named('_CRS', resources(ioPorts(0x60, 1), ioPorts(0x64, 1), isaIrq(1))),
  ),
  ...device(
    'MOU',
    named('_HID', eisaId('PNP0F13')),
    named('_STA', integer(0x0f)),
    named('_CRS', resources(isaIrq(12))),
  ),
];

/**
 * The PC's namespace: a PCI root whose windows leave out CF8–CFF and end below the I/O APIC, an ISA bridge
 * with COM1, RTC, keyboard and mouse. `pciHole`: first address of the memory window. `sleepType`: SLP_TYP of soft off.
 */
export function pcNamespace(pciHole: number, sleepType: number): Aml {
  return [
    ...scope(
      '_SB',
      device(
        'PCI0',
        named('_HID', eisaId('PNP0A03')),
        named('_UID', integer(0)),
        named('_BBN', integer(0)),
        named(
          '_CRS',
          resources(
            busNumbers(0xff),
            ioPorts(0xcf8, 8),
            ioWindow(0, 0xcf7),
            ioWindow(0xd00, 0xffff),
            memoryWindow(pciHole, 0xfebfffff),
          ),
        ),
        device(
          'ISA',
          named('_ADR', integer(0x00010000)),
          serialPort(isaIrq(4)),
          realTimeClock(isaIrq(8)),
          keyboardAndMouse,
        ),
      ),
    ),
    ...softOff(sleepType),
  ];
}

/** The namespace without PCI: COM1 and RTC on the I/O APIC, edge-triggered, as ISA has them. */
export function reducedNamespace(sleepType: number): Aml {
  return [
    ...scope('_SB', serialPort(edgeInterrupt(4)), realTimeClock(edgeInterrupt(8))),
    ...softOff(sleepType),
  ];
}
