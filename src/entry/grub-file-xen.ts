import { elfMachine, sectionType, segmentType } from '../abi/elf.js';
import { BOOT_FLAG } from '../abi/setup-header.js';
import { type Bytes, latin1 } from '../core/bytes.js';
import type { Elf } from '../image/container/elf.js';
import type { Image } from '../image/image.js';

/** What GRUB takes a Xen kernel for. */
type XenArch = 'x86_64' | 'i386' | 'i386-pae';

/** Codecs of GRUB's file filters; stored payloads need none. */
const unpackable = ['none', 'gzip', 'xz', 'lzo'];

const LOADER = 8;
const PAE_MODE = 9;

/**
 * What GRUB finds when it opens a file as a Xen kernel; undefined when it refuses.
 * Source: GRUB 2.06 grub-core/loader/i386/xen_file.c and xen_fileXX.c.
 */
export function grubXenArch(image: Image): XenArch | undefined {
  const kernel = kernelOf(image);
  const elf = kernel?.formats.elf;
  if (!kernel || !elf?.littleEndian) return undefined;
  if (elf.class === 64 && elf.machine === elfMachine.EM_X86_64) return find(elf, kernel.bytes, 'x86_64');
  if (elf.class === 32 && elf.machine === elfMachine.EM_386) return find(elf, kernel.bytes, 'i386');
  return undefined;
}

/** The ELF file itself, or that in a bzImage of protocol 2.08. */
function kernelOf(image: Image): Image | undefined {
  if (image.formats.elf) return image;
  const kernel = image.formats.bzimage;
  const { inner } = image;
  const ready =
    kernel !== undefined &&
    kernel.version >= 0x0208 &&
    kernel.header.boot_flag === BOOT_FLAG &&
    inner?.how === 'bzimage-payload' &&
    unpackable.includes(inner.codec);
  return ready && inner.image?.formats.elf ? inner.image : undefined;
}

/** Segments first, then sections, then __xen_guest; the first of them with anything for Xen counts. */
function find(elf: Elf, bytes: Bytes, arch: 'x86_64' | 'i386'): XenArch | undefined {
  const segments = elf.segments
    .filter(({ type }) => type === segmentType.PT_NOTE)
    .map(({ offset, fileSize }) => ({ offset, size: fileSize }));
  const sections = elf.sections.filter(({ type }) => type === sectionType.SHT_NOTE);
  for (const areas of [segments, sections]) {
    const state: State = { arch, hasNote: false, left: MAX_NOTES };
    if (!areas.every((area) => readNotes(bytes, area, state))) return undefined;
    if (state.hasNote) return state.arch;
  }
  const guest = elf.sections.find(({ name }) => name === '__xen_guest');
  if (!guest || !bytes.has(guest.offset, guest.size)) return undefined;
  return arch === 'i386' ? paeOfGuest(latin1(bytes.slice(guest.offset, guest.size))) : arch;
}

interface State {
  arch: XenArch;
  hasNote: boolean;
  /** Notes that may still be looked at; GRUB has no such limit, but kernels have some twenty. */
  left: number;
}

const MAX_NOTES = 65536;

/** False when GRUB gives up: notes outside the file, or a LOADER other than "generic". */
function readNotes(bytes: Bytes, area: { offset: number; size: number }, state: State): boolean {
  if (!bytes.has(area.offset, area.size)) return false;
  const end = area.offset + area.size;
  for (let at = area.offset; at < end && bytes.has(at, 12) && state.left > 0; state.left--) {
    const nameSize = bytes.u32(at);
    const descSize = bytes.u32(at + 4);
    const type = bytes.u32(at + 8);
    const desc = at + 12 + pad4(nameSize);
    at = desc + pad4(descSize);
    const nameOffset = desc - pad4(nameSize);
    if (nameSize < 3 || !bytes.matches(nameOffset, nameSize === 3 ? 'Xen' : 'Xen\0')) continue;
    state.hasNote = true;
    /** GRUB compares with the NUL wherever the descriptor is longer than the text. */
    const is = (text: string): boolean =>
      descSize >= text.length && bytes.matches(desc, descSize === text.length ? text : `${text}\0`);
    if (type === LOADER && !is('generic')) return false;
    if (type === PAE_MODE && state.arch !== 'x86_64') {
      if (is('yes') || is('bimodal') || is('yes,bimodal')) state.arch = 'i386-pae';
      if (is('no')) state.arch = 'i386';
    }
  }
  return true;
}

function pad4(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** A PAE pair counts only with a comma after it. */
function paeOfGuest(text: string): XenArch {
  let arch: XenArch = 'i386';
  for (const at of [0, ...[...text.matchAll(/,/g)].map(({ index }) => index + 1)]) {
    const rest = text.slice(at);
    if (rest.startsWith('PAE=no,')) arch = 'i386';
    if (/^PAE=(yes|bimodal)(\[extended-cr3\])?,/.test(rest)) arch = 'i386-pae';
  }
  return arch;
}
