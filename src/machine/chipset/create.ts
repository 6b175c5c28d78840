import { memoryType } from '../../abi/memory-map.js';
import { orderedTable } from '../../core/ordered-table.js';
import { buildAcpiTables } from '../../firmware/acpi/tables.js';
import { biosArea } from '../../firmware/memory-map.js';
import { ioApicAddress } from '../devices/ioapic.js';
import { lapicAddress } from '../devices/lapic.js';
import { Uart16550 } from '../devices/uart16550.js';
import { Board, type ChipsetOptions } from './board.js';
import type { Chipset, ChipsetDescription } from './chipset.js';
import { type ExtraDevice, extraDevices } from './extra-devices.js';
import { Interrupts } from './interrupts.js';
import { pc } from './pc.js';
import { reduced } from './reduced.js';

const chipsets = { pc, reduced } satisfies Record<string, ChipsetDescription>;

export type ChipsetId = keyof typeof chipsets;

export const chipsetIds = Object.keys(chipsets) as readonly ChipsetId[];

/**
 * Builds and wires a chipset, and what is plugged in beside its own devices. Throws when a device table has a cycle or two
 * devices claim one port or address.
 */
export function createChipset(
  id: ChipsetId,
  options: ChipsetOptions,
  extra: readonly ExtraDevice[] = [],
): Chipset {
  const description = chipsets[id];
  const board = new Board(options);
  for (const item of orderedTable(`${id} chipset`, description.devices(options))) {
    board.bus.attach(item.build(board));
  }
  const ownRanges = board.bus.mmioRanges.length;
  for (const device of new Set(extra)) board.bus.attach(extraDevices[device](board));
  const serial = board.bus.devices.find((device) => device instanceof Uart16550);
  if (!serial) throw new Error(`${id} chipset: no serial port`);
  const { namespace, ...hardware } = description.acpi(options);
  const acpi = buildAcpiTables({
    hardware: { lapic: lapicAddress, ioApic: ioApicAddress, ...hardware },
    namespace,
    address: options.acpiAddress ?? biosArea.start,
  });
  const inBiosArea = acpi.address >= biosArea.start && acpi.address < biosArea.start + biosArea.size;
  const reserved = [
    inBiosArea ? biosArea : { start: acpi.address, size: (acpi.bytes.length + 0xfff) & ~0xfff },
    { start: ioApicAddress, size: 0x1000 },
    { start: lapicAddress, size: 0x1000 },
    ...description.reserved(options),
    ...board.bus.mmioRanges.slice(ownRanges),
  ];
  const interrupts = new Interrupts(board.lapic, board.pic, board.ioapic);
  return {
    id,
    bus: board.bus,
    interrupts,
    lapic: board.lapic,
    serial,
    acpi,
    reserved: reserved
      .map(({ start, size }) => ({ start, size, type: memoryType.reserved }))
      .sort((a, b) => a.start - b.start),
    kernelParameters: description.kernelParameters,
    save(put) {
      board.save(put);
      interrupts.save(put);
      for (const device of board.bus.devices) device.save(put);
    },
  };
}
