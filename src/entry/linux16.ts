import { SETUP_MAGIC } from '../abi/setup-header.js';
import { hex } from '../core/errors.js';
import type { BzImage } from '../image/container/bzimage.js';
import type { EntryDefinition } from './entry.js';
import { Quoting } from './evidence.js';
import { field, movedText, protocolText } from './setup-facts.js';

/** The entry is the first byte of the setup code, which the boot sector precedes. */
const ENTRY = 0x200n;

const PROTOCOL = 'boot.rst, "Running the Kernel",';

export const linux16: EntryDefinition<'linux16'> = {
  id: 'linux16',
  title: 'Linux 16-bit boot protocol',
  order: 1,
  architecture: 'x86',
  declaredBy: ['setup header'],
  firmware: 'BIOS',
  state: [
    'real mode, A20 as the BIOS left it, interrupts off (EFLAGS IF = 0), BIOS calls usable',
    'CS = load segment + 0x20, IP = 0: one sector past the boot sector',
    'DS = ES = SS = load segment of the boot sector; FS and GS the same, to guard against kernel bugs',
    'SP = top of the heap, at most 64 KiB above the load segment',
    'setup header filled in: type_of_loader, loadflags CAN_USE_HEAP, heap_end_ptr, cmd_line_ptr, ramdisk_image and ramdisk_size',
    'protected-mode code at 0x100000 (bzImage) or 0x10000 (zImage)',
  ],
  freedom: {
    registers: `${PROTOCOL} names the segments and SP alone`,
    stated: ['RSP'],
    flags: `${PROTOCOL} asks that interrupts are off, and no more`,
    memory: `${PROTOCOL} says of no memory what is in it but of what is loaded`,
    processor: `${PROTOCOL} asks for no maker and no leaf of CPUID`,
  },
  start: async () => (await import('./start/linux16.js')).startLinux16,
  claim(layer, layerName) {
    const quoting = new Quoting(layer, layerName);
    const kernel = layer.formats.bzimage;
    if (!kernel) {
      return {
        offered: false,
        reason: `There is no "HdrS" at file offset 0x202, and the first sector is not that of a kernel older than boot protocol 2.00.${movedText(layer)}`,
        evidence: layer.bytes.has(0x202, 4)
          ? [quoting.setup('header', `not "HdrS" (${hex(SETUP_MAGIC)})`)]
          : [],
      };
    }
    if (kernel.setupSize > layer.bytes.length) {
      return {
        offered: false,
        reason: `The setup code of ${hex(kernel.setupSize)} bytes is not all in the file, which ends at ${hex(layer.bytes.length)}.`,
        evidence: [quoting.setup('setup_sects', `${field(kernel, 'setup_sects')} sectors of setup code`)],
      };
    }
    const evidence =
      kernel.version === 0
        ? [
            quoting.setup('boot_flag', 'boot sector signature 0xaa55'),
            quoting.setup(
              'syssize',
              `${hex(kernel.end - kernel.setupSize)} bytes of kernel follow the setup code`,
            ),
          ]
        : [
            quoting.setup('header', '"HdrS": a kernel of boot protocol 2.00 or newer'),
            quoting.setup('version', `boot protocol ${protocolText(kernel)}`),
            quoting.setup('jump', 'the jump at the entry, over the header'),
            quoting.setup(
              'loadflags',
              `bit 0, LOADED_HIGH, is ${isHigh(kernel) ? 'set: a bzImage' : 'clear: a zImage'}`,
            ),
          ];
    return {
      offered: true,
      address: ENTRY,
      addressKind: 'segment:offset',
      reason: `${isHigh(kernel) ? 'A bzImage' : 'A zImage'} of boot protocol ${protocolText(kernel)} begins with real-mode setup code.${movedText(layer)}`,
      evidence,
      facts: {
        'CS:IP': 'load segment + 0x20 : 0',
        'boot protocol': protocolText(kernel),
        'real-mode code': `${hex(kernel.setupSize)} bytes, boot sector included`,
        'protected-mode code': `${hex(kernel.end - kernel.setupSize)} bytes, to ${isHigh(kernel) ? '0x100000' : '0x10000'}`,
        ...(field(kernel, 'boot_flag') === 0xaa55
          ? {}
          : { boot_flag: `${hex(field(kernel, 'boot_flag'))}, not 0xaa55: GRUB and kexec refuse it` }),
      },
    };
  },
};

function isHigh(kernel: BzImage): boolean {
  return kernel.loadflags.includes('LOADED_HIGH');
}
