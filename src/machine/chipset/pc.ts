import { pcNamespace } from '../../firmware/acpi/dsdt.js';
import { AcpiPm, pmBase, pmBlock, sleepTypeS5 } from '../devices/acpi-pm.js';
import { Hpet, hpetAddress, hpetCapabilities } from '../devices/hpet.js';
import { I8042 } from '../devices/i8042.js';
import { hostBridge, isaBridge, PciHost } from '../devices/pci-host.js';
import { Pic8259 } from '../devices/pic8259.js';
import { Pit8254 } from '../devices/pit8254.js';
import { hardReset, ResetControl, resetControlPort } from '../devices/reset-control.js';
import { SystemControlA, SystemControlB } from '../devices/system-control.js';
import type { Board, BoardDevice } from './board.js';
import type { ChipsetDescription } from './chipset.js';
import { com1, level, postCode, rtc } from './common.js';

const pic: BoardDevice = {
  id: 'pic',
  order: level.interrupts,
  build(board) {
    board.pic = new Pic8259();
    board.lapic.setVirtualWire();
    return board.pic;
  },
};

/** PIT and port 61 share counter 2, so one item builds both. */
function timers(): BoardDevice[] {
  let pit: Pit8254;
  return [
    {
      id: 'pit',
      order: level.clocks,
      depends: ['pic'],
      build(board) {
        pit = new Pit8254(board.clock);
        const line = board.replaceableLine(0);
        pit.onOut = (out) => line.set(out);
        return pit;
      },
    },
    {
      id: 'system-control-b',
      order: level.clocks,
      depends: ['pit'],
      build: (board) => new SystemControlB(board.clock, pit),
    },
  ];
}

const hpet: BoardDevice = {
  id: 'hpet',
  order: level.clocks,
  depends: ['pit', 'rtc'],
  build(board) {
    const device = new Hpet(board.clock, (route, asserted) => {
      if ('irq' in route) board.isaLine(route.irq).set(asserted);
      else board.ioapic.setInput(route.pin, asserted);
    });
    device.onLegacyChange = (active) => board.replaceLegacy(active);
    return device;
  },
};

const acpiPm: BoardDevice = {
  id: 'acpi-pm',
  order: level.clocks,
  depends: ['pic'],
  build: (board) => new AcpiPm(board.clock, board.isaLine(9), board.options.onPowerOff),
};

function resets(board: Board) {
  const { onReset } = board.options;
  return {
    control: () => onReset('reset control (port CF9)'),
    port92: () => onReset('port 92'),
    keyboard: () => onReset('keyboard controller (port 64)'),
  };
}

/**
 * A PC with everything Linux, Xen and memtest86+ look for: 8259 pair, 8254, RTC, APICs, PCI with host and
 * ISA bridge, full ACPI, HPET on request. Its state is what firmware leaves: see the devices; LINT0 is in virtual wire mode.
 */
export const pc: ChipsetDescription = {
  id: 'pc',
  devices: ({ hpet: withHpet = false }) => [
    pic,
    rtc,
    ...timers(),
    ...(withHpet ? [hpet] : []),
    acpiPm,
    com1,
    { id: 'pci-host', order: level.others, build: () => new PciHost([hostBridge, isaBridge]) },
    {
      id: 'i8042',
      order: level.others,
      build: (board) => new I8042(resets(board).keyboard, board.isaLine(1), board.isaLine(12)),
    },
    {
      id: 'system-control-a',
      order: level.others,
      build: (board) => new SystemControlA(resets(board).port92),
    },
    { id: 'reset-control', order: level.others, build: (board) => new ResetControl(resets(board).control) },
    postCode,
  ],
  acpi: ({ hpet: withHpet = false }) => ({
    hpet: withHpet ? { address: hpetAddress, capabilities: hpetCapabilities } : undefined,
    power: {
      kind: 'fixed',
      event: pmBase + pmBlock.status,
      control: pmBase + pmBlock.control,
      timer: pmBase + pmBlock.timer,
      reset: { at: resetControlPort, value: hardReset },
    },
    namespace: pcNamespace(0xe0000000, sleepTypeS5),
  }),
  reserved: ({ hpet: withHpet = false }) => (withHpet ? [{ start: hpetAddress, size: 0x400 }] : []),
  kernelParameters: [],
};
