import { bootParams } from '../../abi/boot-params.js';
import { bootE820Entry } from '../../abi/memory-map.js';
import { LOADER, OLD_COMMAND_LINE } from './boot-protocol.js';
import { cString, type Layout, refuseLongCommandLine } from './layout.js';
import { type BootInput, refuseModules } from './start.js';

/** Those of GRUB 2, U-Boot, QEMU and kexec, each of a version. */
const otherLoaders = [0x72, 0x80, 0xb0, 0xd0];
/** struct setup_data (asm/bootparam.h): next, type and length; and the protocol that has it. */
const SETUP_DATA = 16;
const WITH_SETUP_DATA = 0x0209;
/** Where a command line ends at the most (boot.rst, cmd_line_ptr). */
const COMMAND_LINE_END = 0xa0000;

/** What the kernel wants of its loader. */
export interface ZeroPageSource {
  /** The setup header of the file, from 0x1f1 on; absent for an ELF file, which has none. */
  readonly header?: Uint8Array;
  /** Fields that depend on where the kernel was put. */
  readonly fields: Parameters<typeof bootParams.write>[2];
  /** Of the boot protocol, major << 8 | minor; absent for an ELF file. */
  readonly version?: number;
  /** Most bytes of command line, without the NUL. */
  readonly commandLineMax?: number;
  /** One past the highest address the initrd may occupy. */
  readonly initrdEnd: number;
}

/**
 * Makes the zero page of the 32-bit and 64-bit entries, with all that it points to; returns its address. All zero but for
 * the setup header, copied as boot.rst wants it, and what a loader writes (docs/entries/linux32.md).
 */
export function putZeroPage(layout: Layout, input: BootInput, source: ZeroPageSource): number {
  const { machine } = layout;
  const { guestView } = machine.memory;
  refuseModules(input, 'the zero page');
  const { commandLineMax = OLD_COMMAND_LINE } = source;
  const zeroPage = layout.low('zero page', bootParams.size, bootParams);
  const { header } = source;
  if (header) {
    machine.memory
      .ram(zeroPage, bootParams.size)
      .set(header.subarray(0, bootParams.fields.edd_mbr_sig_buffer.offset - 0x1f1), 0x1f1);
  }
  const commandLine = cString(input.commandLine);
  refuseLongCommandLine(input.commandLine, commandLineMax);
  const initrd = input.initrd && layout.high('initrd', input.initrd, source.initrdEnd);
  const map = machine.memoryMap();
  bootParams.write(guestView, zeroPage, {
    acpi_rsdp_addr: BigInt(layout.variant?.random('no-rsdp') ? 0 : machine.chipset.acpi.rsdp),
    e820_entries: map.length,
    sentinel: 0,
    type_of_loader: layout.variant?.random('loader-type')?.of(otherLoaders) ?? LOADER,
    cmd_line_ptr: layout.low('command line', commandLine, undefined, undefined, COMMAND_LINE_END),
    ramdisk_image: initrd ?? 0,
    ramdisk_size: input.initrd?.length ?? 0,
    hardware_subarch: input.subarch ?? 0,
    hardware_subarch_data: input.subarchData ?? 0n,
    ...source.fields,
  });
  if (layout.variant?.random('setup-data') && (source.version ?? 0) >= WITH_SETUP_DATA) {
    // One of the list of type SETUP_NONE and without data: no next one.
    const setup_data = BigInt(layout.low('setup_data', SETUP_DATA));
    bootParams.write(guestView, zeroPage, { setup_data });
  }
  for (const [i, { start, size, type }] of map.entries()) {
    const at = zeroPage + bootParams.fields.e820_table.offset + i * bootE820Entry.size;
    bootE820Entry.write(guestView, at, { addr: BigInt(start), size: BigInt(size), type });
  }
  return zeroPage;
}
