import { grubUnpacked } from '../grub-file.js';
import { grubXenArch } from '../grub-file-xen.js';
import { field, protocolText } from '../setup-facts.js';
import { enter32, hasBootFlag, isHigh } from './bzimage-rules.js';
import { grubMultiboot } from './grub-multiboot.js';
import { grubMultiboot2 } from './grub-multiboot2.js';
import { type LoaderRule, type LoaderWay, refuses, takes } from './loader.js';
import { grubMultiboot2Decision, grubMultibootDecision } from './multiboot-decision.js';
import { loadImage } from './pe-rules.js';

const grub = (file: string): string => `GRUB 2.12 grub-core/loader/${file}`;
const MAX_SETUP_SECTS = 64;

const linux: LoaderRule = {
  asks: 'bzImage of protocol 2.03 or newer',
  source: grub('i386/linux.c, grub_cmd_linux()'),
  decide({ image }) {
    const file = grubUnpacked(image);
    const kernel = file.formats.bzimage;
    if (!kernel || !hasBootFlag(kernel))
      return refuses('"invalid magic number": boot_flag at 0x1fe is not 0xaa55.');
    if (field(kernel, 'setup_sects') > MAX_SETUP_SECTS) return refuses('"too many setup sectors".');
    if (kernel.version < 0x0203)
      return refuses(`"version too old for 32-bit boot": protocol ${protocolText(kernel)}.`);
    if (!isHigh(kernel)) return refuses('"zImage doesn\'t support 32-bit boot".');
    return enter32(kernel, 'Entered at code32_start with the zero page in ESI.');
  },
};

const linux16: LoaderRule = {
  asks: 'boot sector signature',
  source: grub('i386/pc/linux.c, grub_cmd_linux()'),
  decide({ image }) {
    const kernel = grubUnpacked(image).formats.bzimage;
    if (!kernel || !hasBootFlag(kernel))
      return refuses('"invalid magic number": boot_flag at 0x1fe is not 0xaa55.');
    if (field(kernel, 'setup_sects') > MAX_SETUP_SECTS) return refuses('"too many setup sectors".');
    return takes('linux16', 'Entered at its real-mode code.');
  },
};

const multiboot: LoaderRule = {
  asks: 'Multiboot header in the first 8 KiB',
  source: grubMultiboot.source,
  decide({ image }) {
    const layer = grubUnpacked(image);
    const { multiboot: header, elf } = layer.formats;
    return header ? grubMultibootDecision({ layer, header, elf }) : refuses('"no multiboot header found".');
  },
};

const multiboot2: LoaderRule = {
  asks: 'Multiboot2 header in the first 32 KiB',
  source: grubMultiboot2.source,
  decide({ image }) {
    const layer = grubUnpacked(image);
    const { multiboot2: header, elf } = layer.formats;
    return header ? grubMultiboot2Decision({ layer, header, elf }) : refuses('"no multiboot header found".');
  },
};

/** An x86 kernel without a stub, or with one too old to ask for its initrd (LoadFile2), is entered without its stub. */
const efiFallback: LoaderRule = {
  asks: 'native PE image of major version 1 or later; else the 32-bit protocol, as with shim_lock',
  source: `${grub('efi/linux.c, grub_arch_efi_linux_load_image_header()')}; i386/linux.c, grub_cmd_linux()`,
  decide(candidate) {
    const { pe } = grubUnpacked(candidate.image).formats;
    const isFit = pe && (pe.machineName === 'arm64' || (pe.magic === 'PE32+' && pe.majorImageVersion >= 1));
    return isFit ? undefined : linux.decide(candidate);
  },
};

const startImage = loadImage('PE image', grub('efi/linux.c, grub_arch_efi_linux_boot_image()'));
const efiStub: LoaderRule = {
  ...startImage,
  decide: ({ image, offers }) => startImage.decide({ image: grubUnpacked(image), offers }),
};

const xenPv: LoaderRule = {
  asks: 'ELF file, or bzImage with one inside, with Xen notes',
  source: grub('i386/xen.c, grub_cmd_xen(); xen_file.c, xen_fileXX.c'),
  decide({ image, offers }) {
    if (!grubXenArch(grubUnpacked(image))) {
      return refuses(
        'No kernel for Xen: neither notes nor __xen_guest, a payload GRUB cannot unpack, or LOADER is not "generic".',
      );
    }
    const { offered, reason } = offers.find(({ id }) => id === 'xen-pv')!;
    return offered ? takes('xen-pv', 'The payload of a bzImage is unpacked.') : refuses(reason);
  },
};

export const grubLoader: readonly LoaderWay[] = [
  { id: 'grub-linux', loader: 'GRUB', how: 'linux, BIOS', versions: '2.02 to 2.12', rules: [linux] },
  { id: 'grub-linux16', loader: 'GRUB', how: 'linux16, BIOS', versions: '2.02 to 2.12', rules: [linux16] },
  { id: 'grub-multiboot', loader: 'GRUB', how: 'multiboot', versions: '2.02 to 2.12', rules: [multiboot] },
  { id: 'grub-multiboot2', loader: 'GRUB', how: 'multiboot2', versions: '2.02 to 2.12', rules: [multiboot2] },
  {
    id: 'grub-efi',
    loader: 'GRUB',
    how: 'linux, EFI',
    versions: '2.12',
    rules: [efiFallback, efiStub],
  },
  {
    id: 'grub-chainloader',
    loader: 'GRUB',
    how: 'chainloader, EFI',
    versions: '2.02 to 2.12',
    rules: [loadImage('PE image', grub('efi/chainloader.c, grub_cmd_chainloader()'))],
  },
  {
    id: 'grub-xen-pv',
    loader: 'GRUB',
    how: 'linux, as Xen PV guest',
    versions: '2.02 to 2.12',
    rules: [xenPv],
  },
  {
    id: 'grub-xen-pvh',
    loader: 'GRUB',
    how: 'linux, as PVH guest',
    versions: '2.04 to 2.12',
    rules: [linux],
  },
];
