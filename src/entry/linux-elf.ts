import { elfType } from '../abi/elf.js';
import { hex } from '../core/errors.js';
import type { Elf } from '../image/container/elf.js';
import type { Image } from '../image/image.js';
import { indexOfLinuxBanner, linuxBanner } from '../image/linux-banner.js';
import { decodeXenNotes, xenString } from '../image/xen/notes.js';
import type { Evidence } from './entry.js';
import type { Quoting } from './evidence.js';

/** Note types of owner "Linux" that kernels carry: LINUX_ELFNOTE_BUILD_SALT, LINUX_ELFNOTE_LTO_INFO. */
const kernelNotes = [0x100, 0x101];

/** Sections of User Mode Linux alone (arch/um/include/asm/common.lds.S). */
const userModeSections = '.uml.';

/** Sections that only Linux's build makes: module parameters (kernel/params.c) and exported symbols (kernel/module). */
const kernelSections = ['__param', '__ksymtab'];

/**
 * What shows that an ELF executable is a Linux kernel, or undefined when nothing does: a note of owner "Linux"
 * (since 4.18), Xen's GUEST_OS, or a loaded section of Linux's build. Modules and the vDSO carry such notes too, but are not
 * ET_EXEC, and User Mode Linux is a program. Words prove nothing: systems that took over drivers have the banner as well.
 */
export function linuxMark(quoting: Quoting, elf: Elf): Evidence | undefined {
  return userModeMark(quoting, elf) ? undefined : buildMark(quoting, elf);
}

/** What shows that an ELF executable comes from Linux's build, a kernel or User Mode Linux. */
function buildMark(quoting: Quoting, elf: Elf): Evidence | undefined {
  if (elf.type !== elfType.ET_EXEC) return undefined;
  const salt = elf.notes.find((note) => note.owner === 'Linux' && kernelNotes.includes(note.type));
  if (salt) {
    const name = salt.type === 0x100 ? 'LINUX_ELFNOTE_BUILD_SALT' : 'LINUX_ELFNOTE_LTO_INFO';
    return quoting.at(
      salt.offset,
      salt.descOffset - salt.offset,
      `note of owner "Linux", ${name}: a Linux kernel`,
      'include/linux/elfnote.h, include/linux/build-salt.h',
    );
  }
  const notes = decodeXenNotes(elf);
  const guestOs = notes.find(({ name }) => name === 'GUEST_OS');
  if (guestOs && xenString(notes, 'GUEST_OS').startsWith('linux')) return quoting.note(guestOs);
  const section = elf.sections.find(({ name, addr }) => addr !== 0n && kernelSections.includes(name));
  if (!section) return undefined;
  return quoting.section(
    elf,
    section.index,
    `section ${section.name}: a Linux kernel`,
    'include/asm-generic/vmlinux.lds.h',
  );
}

/** What shows that what comes from Linux's build is User Mode Linux: its sections, or a dynamic linker. */
function userModeMark(quoting: Quoting, elf: Elf): Evidence | undefined {
  if (!buildMark(quoting, elf)) return undefined;
  const section = elf.sections.find(({ name }) => name.startsWith(userModeSections));
  if (section)
    return quoting.section(elf, section.index, `section ${section.name}`, 'arch/um/include/asm/common.lds.S');
  const interpreter = elf.segments.find(({ typeName }) => typeName === 'PT_INTERP');
  if (!interpreter) return undefined;
  const { offset, fileSize } = interpreter;
  const path = text(quoting.layer.bytes.data, offset);
  return quoting.at(offset, fileSize, `PT_INTERP "${path}"`, 'System V ABI, "Program Interpreter"');
}

/** Why an ELF executable is not taken for a Linux kernel; ends without a full stop. */
export function nothingShows(
  quoting: Quoting,
  elf: Elf,
): { readonly reason: string; readonly evidence: Evidence[] } {
  const userMode = userModeMark(quoting, elf);
  if (userMode)
    return {
      reason: `User Mode Linux (${userMode.meaning}), a program that runs on Linux`,
      evidence: [userMode],
    };
  const looked = `no "Linux" note, no Xen GUEST_OS "linux", no section ${kernelSections.join(' or ')}`;
  const words = bannerText(quoting);
  return {
    reason: `nothing shows that it is a Linux kernel: ${looked}${words ? ` (the words at ${hex(words.offset)} prove nothing: drivers that were taken over bring them along)` : ''}`,
    evidence: words ? [words] : [],
  };
}

/** A kernel's banner, or what looks like one. */
function bannerText(quoting: Quoting): Evidence | undefined {
  const { data } = quoting.layer.bytes;
  const at = indexOfLinuxBanner(data);
  if (at === -1) return undefined;
  return quoting.at(at, linuxBanner.length + 8, `"${text(data, at)}"`, 'init/version-timestamp.c');
}

function text(data: Uint8Array, at: number): string {
  const end = data.subarray(at, at + 64).findIndex((byte) => byte < 0x20);
  return String.fromCharCode(...data.subarray(at, at + (end === -1 ? 64 : end)));
}

/**
 * The physical address of the ELF entry point. Linux states a physical one (phys_startup_64); where e_entry is
 * virtual it is moved as its segment is. Undefined when no segment holds it.
 */
export function physicalEntry(elf: Elf): bigint | undefined {
  const loads = elf.segments.filter(({ typeName, memSize }) => typeName === 'PT_LOAD' && memSize > 0n);
  const inside = (start: bigint, size: bigint): boolean => elf.entry >= start && elf.entry < start + size;
  if (loads.some(({ paddr, memSize }) => inside(paddr, memSize))) return elf.entry;
  const segment = loads.find(({ vaddr, memSize }) => inside(vaddr, memSize));
  return segment && elf.entry - segment.vaddr + segment.paddr;
}

/** The ELF of a layer, if it is one of that machine and class. */
export function elfOf(layer: Image, machine: number, width: 32 | 64): Elf | undefined {
  const { elf } = layer.formats;
  return elf && elf.machine === machine && elf.class === width && elf.littleEndian ? elf : undefined;
}
