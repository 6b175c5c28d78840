import type { Device } from '../bus.js';
import { DebugConsole } from '../devices/debug-console.js';
import { IsaDebugExit } from '../devices/isa-debug-exit.js';
import { PcTestdev } from '../devices/pc-testdev.js';
import { PmControl } from '../devices/pm-control.js';
import type { Board } from './board.js';

/** Devices that are plugged into a chipset on request, under QEMU's names where QEMU has them. */
export const extraDevices = {
  'isa-debug-exit': ({ options }) => new IsaDebugExit(options.onExit ?? (() => {})),
  'isa-debugcon': ({ options }) => new DebugConsole(options.onConsoleByte),
  'pc-testdev': (board) =>
    new PcTestdev((irq, asserted) => {
      if (irq < 16) board.isaLine(irq).set(asserted);
      else board.ioapic.setInput(irq, asserted);
    }),
  'pm-control': ({ options }) => new PmControl(options.onPowerOff),
} satisfies Record<string, (board: Board) => Device>;

export type ExtraDevice = keyof typeof extraDevices;

export const extraDeviceIds = Object.keys(extraDevices) as readonly ExtraDevice[];
