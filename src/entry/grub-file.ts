import { elfMachine, elfType } from '../abi/elf.js';
import { EFI_APPLICATION, peMachine } from '../abi/pe.js';
import { BOOT_FLAG, loadflags, SETUP_MAGIC, setupHeader } from '../abi/setup-header.js';
import type { Bytes } from '../core/bytes.js';
import type { Image } from '../image/image.js';
import { isMachO } from './grub-file-macho.js';
import { grubXenArch } from './grub-file-xen.js';

/**
 * What each option of grub-file asks, answered as grub-file answers it, so that scripts written for it keep
 * working: by GRUB's own rules, which are older and laxer than those of the entries, and differ from them:
 *
 * - `is-x86-multiboot` and `-multiboot2` look at the header only; entry `multiboot` wants a way to load the file.
 * - `is-x86-linux32` wants protocol 2.03 and LOADED_HIGH; entry `linux32` 2.02.
 * - the Xen options look for any Xen note; entry `xen-pv` applies the rules of Xen. A 5.10 686-pae kernel, which
 *   lost its PV entry, is still a PAE domU to GRUB, and GRUB's PVH image a dom0.
 * - the Xen options unpack gzip, xz and lzo payloads, not zstd, lz4, bzip2 and lzma ones.
 * - there is no option for PVH, the 64-bit protocol or EFI handover.
 *
 * Like grub-file these look through a file packed with gzip, xz or lzo; opened without unpacking, such a file is
 * none of these things. grub-file 2.06 crashes on files that are not ELF for the three NetBSD options; here
 * the answer is no.
 * Source: GRUB 2.06 grub-core/commands/file.c, with the option names of `grub-file --help`.
 */
export const grubFileChecks: Readonly<Record<string, (image: Image) => boolean>> = {
  'is-i386-xen-pae-domu': (image) => grubXenArch(grubUnpacked(image)) === 'i386-pae',
  'is-x86_64-xen-domu': (image) => grubXenArch(grubUnpacked(image)) === 'x86_64',
  'is-x86-xen-dom0': (image) => grubXenArch(grubUnpacked(image)) !== undefined,
  'is-x86-multiboot': (image) => hasHeader(grubUnpacked(image), 'multiboot'),
  'is-x86-multiboot2': (image) => hasHeader(grubUnpacked(image), 'multiboot2'),
  'is-arm-linux': on(
    (bytes) => bytes.has(0, 64) && (bytes.u32(0) === 0xea000006 || bytes.u32(36) === 0x016f2818),
  ),
  'is-arm64-linux': on((bytes) => bytes.has(0, 64) && bytes.u32(56) === 0x644d5241),
  'is-ia64-linux': onElf((elf) => elf.class === 2 && elf.data === 1 && elf.machine === 50),
  // GRUB reads these fields as little-endian, so that only files with a little-endian e_version pass.
  'is-mips-linux': onElf((elf) => elf.data === 2 && elf.machine === 0x0800 && elf.type === 0x0200),
  'is-mipsel-linux': onElf((elf) => elf.machine === 8 && elf.type === elfType.ET_EXEC),
  'is-sparc64-linux': onElf(
    (elf) => elf.class === 2 && elf.data === 2 && elf.machine === 43 && elf.type === 0x0200,
  ),
  'is-powerpc-linux': onElf(
    (elf) => elf.data === 2 && [20, 21].includes(elf.machine) && [0x0200, 0x0300].includes(elf.type),
  ),
  'is-x86-linux': on(isLinux),
  'is-x86-linux32': on((bytes) => isLinux(bytes) && isLinux32(bytes)),
  'is-x86-kfreebsd': onElf((elf) => isFreeBsd32(elf) || isFreeBsd64(elf)),
  'is-i386-kfreebsd': onElf(isFreeBsd32),
  'is-x86_64-kfreebsd': onElf(isFreeBsd64),
  'is-x86-knetbsd': (image) => isNetBsd(grubUnpacked(image), 32) || isNetBsd(grubUnpacked(image), 64),
  'is-i386-knetbsd': (image) => isNetBsd(grubUnpacked(image), 32),
  'is-x86_64-knetbsd': (image) => isNetBsd(grubUnpacked(image), 64),
  'is-i386-efi': on((bytes) => isEfi(bytes, peMachine.ia32, 32)),
  'is-x86_64-efi': on((bytes) => isEfi(bytes, peMachine['x86-64'], 64)),
  'is-ia64-efi': on((bytes) => isEfi(bytes, 0x0200, 64)),
  'is-arm64-efi': on((bytes) => isEfi(bytes, peMachine.arm64, 64)),
  'is-arm-efi': on((bytes) => isEfi(bytes, 0x01c2, 32)),
  // GRUB asks for the 64-bit machine in both.
  'is-riscv32-efi': on((bytes) => isEfi(bytes, 0x5064, 64)),
  'is-riscv64-efi': on((bytes) => isEfi(bytes, 0x5064, 64)),
  'is-hibernated-hiberfil': on((bytes) => bytes.matches(0, 'hibr') || bytes.matches(0, 'HIBR')),
  'is-x86_64-xnu': on((bytes) => isMachO(bytes, 64)),
  'is-i386-xnu': on((bytes) => isMachO(bytes, 32)),
  'is-xnu-hibr': on((bytes) => bytes.has(0, 484) && bytes.u32(76) === 0x73696d65),
  'is-x86-bios-bootsector': on((bytes) => bytes.length === 512 && bytes.u16(510) === BOOT_FLAG),
};

/** Codecs of GRUB's file filters in the order they are tried, each once (grub-core/kern/file.c). */
const filters = ['gzip', 'xz', 'lzo'] as const;

/** The image as GRUB's file filters show it: they unpack files on opening. */
export function grubUnpacked(image: Image): Image {
  let seen = image;
  for (const codec of filters) {
    const { inner } = seen;
    const isFile = inner?.how === 'gzip' || inner?.how === 'compressed';
    if (isFile && inner.codec === codec && inner.image) seen = inner.image;
  }
  return seen;
}

function on(check: (bytes: Bytes) => boolean): (image: Image) => boolean {
  return (image) => check(grubUnpacked(image).bytes);
}

/** GRUB wants 32 bytes of file for either header. */
function hasHeader(image: Image, format: 'multiboot' | 'multiboot2'): boolean {
  return image.bytes.length >= 32 && image.formats[format] !== undefined;
}

/** The last field GRUB's struct linux_i386_kernel_header has; a shorter file is not one to it. */
const HEADER_END = setupHeader.fields.handover_offset.offset + 4;
const MAX_SETUP_SECTS = 64;

function isLinux(bytes: Bytes): boolean {
  return (
    bytes.has(0, HEADER_END) &&
    bytes.u16(setupHeader.fields.boot_flag.offset) === BOOT_FLAG &&
    bytes.u8(setupHeader.fields.setup_sects.offset) <= MAX_SETUP_SECTS &&
    bytes.u32(setupHeader.fields.header.offset) === SETUP_MAGIC &&
    bytes.u16(setupHeader.fields.version.offset) >= 0x0200
  );
}

function isLinux32(bytes: Bytes): boolean {
  const flags = bytes.u8(setupHeader.fields.loadflags.offset);
  return (
    bytes.u16(setupHeader.fields.version.offset) >= 0x0203 && ((flags >> loadflags.LOADED_HIGH) & 1) === 1
  );
}

/** Start of an ELF file, every field read as little-endian whatever the file says. */
interface ElfStart {
  readonly class: number;
  readonly data: number;
  readonly osabi: number;
  readonly type: number;
  readonly machine: number;
}

const EV_CURRENT = 1;
/** Size of an Elf32_Ehdr, which GRUB reads even for 64-bit files. */
const ELF_HEADER = 52;

function onElf(check: (elf: ElfStart) => boolean): (image: Image) => boolean {
  return on((bytes) => {
    if (!bytes.matches(0, '\x7fELF') || !bytes.has(0, ELF_HEADER)) return false;
    if (bytes.u8(6) !== EV_CURRENT || bytes.u32(20) !== EV_CURRENT) return false;
    return check({
      class: bytes.u8(4),
      data: bytes.u8(5),
      osabi: bytes.u8(7),
      type: bytes.u16(16),
      machine: bytes.u16(18),
    });
  });
}

const ELFOSABI_FREEBSD = 9;

function isFreeBsd(elf: ElfStart): boolean {
  return elf.type === elfType.ET_EXEC && elf.data === 1 && elf.osabi === ELFOSABI_FREEBSD;
}

function isFreeBsd32(elf: ElfStart): boolean {
  return isFreeBsd(elf) && elf.machine === elfMachine.EM_386 && elf.class === 1;
}

function isFreeBsd64(elf: ElfStart): boolean {
  return isFreeBsd(elf) && elf.machine === elfMachine.EM_X86_64 && elf.class === 2;
}

function isNetBsd(image: Image, width: 32 | 64): boolean {
  const { elf } = image.formats;
  return (
    elf !== undefined &&
    elf.class === width &&
    elf.littleEndian &&
    elf.type === elfType.ET_EXEC &&
    elf.sections.some(({ name }) => name === '.note.netbsd.ident')
  );
}

/** Sizes of the optional headers, all sixteen data directories included. */
const OPTIONAL_HEADER = { 32: 224, 64: 240 } as const;

function isEfi(bytes: Bytes, machine: number, width: 32 | 64): boolean {
  if (!bytes.matches(0, 'MZ') || !bytes.has(0x3c, 4)) return false;
  const pe = bytes.u32(0x3c);
  const optional = pe + 24;
  return (
    bytes.matches(pe, 'PE\0\0') &&
    bytes.has(optional, OPTIONAL_HEADER[width]) &&
    bytes.u16(pe + 4) === machine &&
    bytes.u16(optional) === (width === 64 ? 0x20b : 0x10b) &&
    bytes.u16(optional + 68) === EFI_APPLICATION
  );
}
