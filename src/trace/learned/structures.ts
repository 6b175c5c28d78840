import { PAGE_SIZE } from '../../abi/x86/paging.js';
import { xenSharedInfo } from '../../abi/xen.js';
import type { StartOfDay } from '../../boot/options.js';
import { field, struct } from '../../core/struct.js';
import { rsdp } from '../../firmware/acpi/layouts.js';
import type { Machine } from '../../machine/machine.js';
import type { XenPvInstance } from '../../platform/xen-pv.js';
import type { XenPvhInstance } from '../../platform/xen-pvh.js';
import { Instance } from './instance.js';

/** What is handed over besides structures; the rest is code, tables of the processor, and room. */
const told = /^(command line|initrd|loader name|module|string of module)/;
/** The tables begin at multiples of this. */
const tableStep = 64;

/** The structures a guest is given at the start of day. */
export function givenStructures(machine: Machine, { places }: StartOfDay): Instance[] {
  const given = places.flatMap(({ name, start, size, struct }) => {
    if (struct) return [new Instance({ source: struct.name, start, size, struct, writer: 'loader' })];
    // Who reads the beginning knows it is there.
    return told.test(name)
      ? [new Instance({ source: 'loader', name, start, size: Math.min(size, PAGE_SIZE), writer: 'loader' })]
      : [];
  });
  return [...given, ...acpiTables(machine)];
}

/** The page that a Xen guest shares, which a PVH guest puts elsewhere itself. */
export function sharedInfo(platform: StartOfDay['platform']): Instance | undefined {
  if (platform.id !== 'xen-pv' && platform.id !== 'xen-pvh') return undefined;
  const { sharedInfo: start } = (platform as XenPvInstance | XenPvhInstance).domain;
  const { name: source, size } = xenSharedInfo;
  return new Instance({ source, start, size, struct: xenSharedInfo, writer: 'hypervisor' });
}

/** The RSDP by its fields, and each table behind it. */
function acpiTables({ chipset, memory }: Machine): Instance[] {
  const { address, bytes, rsdp: pointer } = chipset.acpi;
  const found = [
    new Instance({ source: 'RSDP', start: pointer, size: rsdp.size, struct: rsdp, writer: 'firmware' }),
  ];
  for (let at = pointer + tableStep; at + 8 <= address + bytes.length; ) {
    const signature = String.fromCharCode(...memory.ram(at, 4));
    const length = memory.guestView.getUint32(at + 4, true);
    if (!/^[A-Z0-9]{4}$/.test(signature) || length <= 4 || at + length > address + bytes.length) break;
    const layout = struct(signature, 'ACPI 6.4, 5.2.6', {
      signature: field(0, { bytes: 4 }),
      // Looking for tables is not reading one.
      table: field(4, { bytes: length - 4 }),
    });
    found.push(
      new Instance({ source: signature, start: at, size: length, struct: layout, writer: 'firmware' }),
    );
    at = Math.ceil((at + length) / tableStep) * tableStep;
  }
  return found;
}
