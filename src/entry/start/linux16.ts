import { loadflags, setupHeader } from '../../abi/setup-header.js';
import { GPR } from '../../abi/x86/registers.js';
import { hex, StartError } from '../../core/errors.js';
import type { BzImage } from '../../image/container/bzimage.js';
import { field, protocolText } from '../setup-facts.js';
import { putBios } from './bios.js';
import { initrdEnd, LOADER, OLD_COMMAND_LINE, protectedModeCode } from './boot-protocol.js';
import { cString, Layout, refuseLongCommandLine } from './layout.js';
import { enterRealMode } from './real-mode.js';
import { type BootInput, refuseModules, type Start } from './start.js';
import { videoMode } from './video-mode.js';

/** Bytes of boot sector before the setup code. */
const BOOT_SECTOR = 0x200;
/** What kernels are given that know no command line pointer: cmd_line_magic at 0x20, and the offset behind it. */
const COMMAND_LINE_MAGIC = { at: 0x20, value: 0xa33f, offset: 0x22 } as const;
const HEAP_GAP = 0x200;

/** Where things belong, which the version and LOADED_HIGH decide (boot.rst, "Sample Boot Configuration", "Memory Layout"). */
interface Places {
  /** Address of the boot sector. */
  readonly base: number;
  /** Offset of the end of stack and heap. */
  readonly heapEnd: number;
  /** Address of the protected-mode code. */
  readonly kernel: number;
}

function placesOf(kernel: BzImage): Places {
  const isHigh = kernel.loadflags.includes('LOADED_HIGH');
  const isMovable = kernel.version >= 0x0202;
  return {
    base: isMovable && isHigh ? 0x10000 : 0x90000,
    heapEnd: isMovable && isHigh ? 0xe000 : 0x9800,
    kernel: isHigh ? field(kernel, 'code32_start') || 0x100000 : 0x10000,
  };
}

/** Start of day of the 16-bit Linux entry (docs/entries/linux16.md), with a BIOS underneath. */
export const startLinux16: Start = (machine, layer, _claim, input) => {
  const { bzimage } = layer.formats;
  if (!bzimage) throw new StartError('there is no setup code to enter');
  const places = placesOf(bzimage);
  const { base, heapEnd } = places;
  if (bzimage.setupSize > heapEnd - HEAP_GAP) {
    throw new StartError(
      `the setup code of ${hex(bzimage.setupSize)} bytes leaves no room for stack and heap, which end at ${hex(heapEnd)}`,
    );
  }
  const layout = new Layout(machine, input.variant);
  putBios(layout);
  const setup = layout.take('setup code, heap and stack', base, heapEnd);
  setup.set(layer.bytes.slice(0, bzimage.setupSize));
  const code = protectedModeCode(layer, bzimage);
  layout.take('kernel', places.kernel, code.length).set(code);
  reserveUnpacked(layout, bzimage);
  fillHeader(layout, bzimage, places, input);

  const segment = base >>> 4;
  const { cpu } = machine;
  enterRealMode(machine, { code: segment + (BOOT_SECTOR >>> 4), data: segment });
  cpu.gpr[GPR.RSP] = BigInt(heapEnd);
  cpu.rip = BigInt(base + BOOT_SECTOR);
  return layout.places;
};

/** A relocatable kernel moves itself to where it prefers to be before it unpacks itself (boot.rst, init_size). */
function reserveUnpacked(layout: Layout, kernel: BzImage): void {
  const preferred = field(kernel, 'pref_address');
  if (preferred) layout.take('kernel, unpacked', preferred, field(kernel, 'init_size'));
}

/** Writes what the loader must (boot.rst, "The Real-Mode Kernel Header"), as far as the version has it. */
function fillHeader(layout: Layout, kernel: BzImage, { base, heapEnd }: Places, input: BootInput): void {
  const { guestView } = layout.machine.memory;
  const { version } = kernel;
  const { commandLine, initrd } = input;
  refuseModules(input, 'the setup header');
  refuseLongCommandLine(commandLine, field(kernel, 'cmdline_size') || OLD_COMMAND_LINE);
  const write = (since: number, values: Parameters<typeof setupHeader.write>[2]): void => {
    if (version >= since) setupHeader.write(guestView, base, values);
  };
  write(0, { vid_mode: videoMode(commandLine) });
  if (initrd && version < 0x0200) {
    throw new StartError(
      `a kernel of a boot protocol ${protocolText(kernel)} takes no initrd`,
      'leave --initrd away',
    );
  }
  write(0x0200, {
    type_of_loader: LOADER,
    ramdisk_image: initrd ? layout.high('initrd', initrd, initrdEnd(kernel)) : 0,
    ramdisk_size: initrd?.length ?? 0,
  });
  write(0x0201, {
    loadflags: field(kernel, 'loadflags') | (1 << loadflags.CAN_USE_HEAP),
    heap_end_ptr: heapEnd - HEAP_GAP,
  });
  const text = cString(commandLine);
  if (version >= 0x0202) write(0x0202, { cmd_line_ptr: layout.low('command line', text) });
  else {
    putOldCommandLine(layout, base, heapEnd, text);
    write(0x0200, { setup_move_size: heapEnd + text.length });
  }
  if (input.subarch === undefined) return;
  if (version < 0x0207) {
    throw new StartError(
      `hardware_subarch came with boot protocol 2.07, and this kernel is of ${protocolText(kernel)}`,
      'leave --subarch away',
    );
  }
  write(0x0207, { hardware_subarch: input.subarch, hardware_subarch_data: input.subarchData ?? 0n });
}

/** Behind the heap, where a kernel finds it that moves itself. */
function putOldCommandLine(layout: Layout, base: number, heapEnd: number, text: Uint8Array): void {
  const { guestView } = layout.machine.memory;
  layout.take('command line', base + heapEnd, text.length).set(text);
  guestView.setUint16(base + COMMAND_LINE_MAGIC.at, COMMAND_LINE_MAGIC.value, true);
  guestView.setUint16(base + COMMAND_LINE_MAGIC.offset, heapEnd, true);
}
