import { elfMachine } from '../../abi/elf.js';
import { hex } from '../../core/errors.js';
import { withMagic } from './bzimage-rules.js';
import {
  type Candidate,
  type LoaderRule,
  type LoaderWay,
  mistakes,
  refuses,
  takes,
  unknown,
} from './loader.js';
import { qemuMultibootDecision } from './multiboot-decision.js';
import { peMachineIs } from './pe-rules.js';
import { qemuElfProblem } from './qemu-elf.js';
import { LAST_HEADER, qemuMultiboot } from './qemu-multiboot.js';

const source = (name: string): string => `QEMU hw/i386/${name}`;
const X86_COMMON = source('x86-common.c (x86.c before 9.1), x86_load_linux()');
/** Bits of e_flags that load_elfboot() refuses, having taken them from the Multiboot loader. */
const REFUSED_FLAGS = 0x00010004;
const PHYS32_ENTRY = 18;

const linux: LoaderRule = {
  asks: '"HdrS" at 0x202',
  source: X86_COMMON,
  decide({ image }) {
    const kernel = withMagic(image);
    if (!kernel) return undefined;
    if (kernel.setupSize > image.bytes.length)
      return refuses('"invalid kernel header": the setup code is not all in the file.');
    return takes(
      'linux16',
      'SeaBIOS runs the option ROM linuxboot_dma.bin, which jumps to the real-mode code.',
    );
  },
};

const multiboot: LoaderRule = {
  asks: 'Multiboot header in the first 8 KiB',
  source: qemuMultiboot.source,
  decide({ image }) {
    const { multiboot: header, elf } = image.formats;
    // One that it does not find is none: it goes on.
    if (!header || header.offset > LAST_HEADER) return undefined;
    return qemuMultibootDecision({ layer: image, header, elf });
  },
};

const elfBoot: LoaderRule = {
  asks: 'ELF file with a PVH note',
  source: source('x86-common.c, load_elfboot(); include/hw/elf_ops.h.inc, get_elf_note_type(); since 4.0'),
  decide({ image }) {
    const { elf } = image.formats;
    if (!elf) return undefined;
    if (elf.flags & REFUSED_FLAGS)
      return refuses(`"elfboot unsupported flags": e_flags is ${hex(elf.flags)}.`);
    if (!elf.littleEndian || (elf.machine !== elfMachine.EM_386 && elf.machine !== elfMachine.EM_X86_64)) {
      return refuses('"Error while loading elf kernel": not an ELF file for x86.');
    }
    const problem = qemuElfProblem(image, elf);
    if (problem) return problem;
    // The owner of the note is not looked at, and sections are not.
    const note = elf.notes.find(({ type, segment }) => type === PHYS32_ENTRY && segment >= 0);
    if (!note) return refuses('"Error loading uncompressed kernel without PVH ELF Note".');
    if (note.owner !== 'Xen')
      return mistakes(
        `It enters at the address in a note of owner "${note.owner}", whose type happens to be 18.`,
      );
    return takes('pvh', 'SeaBIOS runs the option ROM pvh.bin, which enters at PHYS32_ENTRY.');
  },
};

const old: LoaderRule = {
  asks: 'anything else: a kernel older than protocol 2.00',
  source: X86_COMMON,
  decide({ image }) {
    if (image.formats.bzimage) return takes('linux16', 'Loaded as a zImage without a setup header.');
    const sectors = image.bytes.has(0x1f1) ? image.bytes.u8(0x1f1) || 4 : 4;
    return (sectors + 1) * 512 > image.bytes.length
      ? refuses('"invalid kernel header": the file is shorter than its setup code would be.')
      : mistakes('It takes the file for a zImage older than protocol 2.00 and jumps into its second sector.');
  },
};

const firmware: LoaderRule = {
  asks: 'PE image of an EFI application',
  source: 'edk2 OvmfPkg/Library/X86QemuLoadImageLib, QemuLoadKernelImage(); UEFI LoadImage()',
  decide: ({ image }: Candidate) =>
    peMachineIs(image, 'x86-64')
      ? takes('efi', 'OVMF reads the file from fw_cfg and starts it as an EFI application.')
      : unknown(
          'Not an x86-64 EFI application: old versions of OVMF try the handover protocol with a bzImage.',
        ),
};

/** An ELF or Multiboot file replaces what the firmware would boot, OVMF as well as SeaBIOS. */
export const qemu: readonly LoaderWay[] = [
  {
    id: 'qemu-seabios',
    loader: 'QEMU',
    how: '-kernel, SeaBIOS',
    versions: '4.0 to 10.2',
    rules: [linux, multiboot, elfBoot, old],
  },
  {
    id: 'qemu-3.1',
    loader: 'QEMU',
    how: '-kernel, before PVH',
    versions: '1.0 to 3.1',
    rules: [linux, multiboot, old],
  },
  { id: 'qemu-ovmf', loader: 'QEMU', how: '-kernel, OVMF', versions: '1.5 to 10.2', rules: [firmware] },
];
