import { elfNoteHeader, sectionType, segmentType } from '../../abi/elf.js';
import { Bytes, indexOfBytes } from '../../core/bytes.js';
import { hex, ImageError } from '../../core/errors.js';
import { type Elf, type ElfNote, parseElf } from '../container/elf.js';
import type { Inner } from '../image.js';
import { libelfXenNotes } from './libelf-notes.js';
import { decodeXenNote, type XenNote, xenNoteTypes } from './notes.js';

/** A Xen note that is in an ELF file, but where readers of PT_NOTE segments do not come by. */
export interface MisplacedNote extends XenNote {
  /** Xen reads SHT_NOTE sections where no segment has a Xen note; nobody else does. */
  readonly seenByXen: boolean;
  /** What holds it, and why it is not found there: a clause. */
  readonly where: string;
}

const OWNER = [0x58, 0x65, 0x6e, 0];
/** Types of kernels, not of dumps. */
const HIGHEST_TYPE = 0x100;
/** FEATURES is the longest there is. */
const LONGEST = 0x400;
/** A kernel has about fifteen. */
const MOST = 64;
const SHF_ALLOC = 2n;

const found = new WeakMap<Elf, readonly MisplacedNote[]>();

/** All of them in file order, by their bytes: an owner "Xen" behind a header that makes sense. */
export function misplacedXenNotes(elf: Elf, file: Bytes, inner?: Inner): readonly MisplacedNote[] {
  let notes = found.get(elf);
  if (!notes) found.set(elf, (notes = search(elf, file, inner)));
  return notes;
}

function search(elf: Elf, file: Bytes, inner: Inner | undefined): MisplacedNote[] {
  const bytes = new Bytes(file.data, file.what, elf.littleEndian);
  const inSegments = new Set(elf.notes.filter(({ segment }) => segment >= 0).map(({ offset }) => offset));
  const byXen = new Set(libelfXenNotes(elf, file).map(({ offset }) => offset));
  const notes: MisplacedNote[] = [];
  let at = indexOfBytes(bytes.data, OWNER);
  for (; at !== -1 && notes.length < MOST; at = indexOfBytes(bytes.data, OWNER, at + 1)) {
    const offset = at - elfNoteHeader.size;
    const wrapped = inner && offset >= inner.offset && offset < inner.offset + inner.length;
    if (offset < 0 || wrapped || inSegments.has(offset)) continue;
    const note = noteAt(bytes, offset);
    if (!note || inCarriedFile(bytes, offset)) continue;
    const seenByXen = byXen.has(offset);
    // What Xen finds in a segment, others find too or rules on padding and alignment tell.
    if (seenByXen && segmentAt(elf, offset, segmentType.PT_NOTE)) continue;
    notes.push({ ...decodeXenNote(note, elf.littleEndian), seenByXen, where: whereIs(elf, offset) });
  }
  return notes;
}

function noteAt(bytes: Bytes, offset: number): ElfNote | undefined {
  const { n_namesz, n_descsz, n_type } = elfNoteHeader.read(bytes, offset);
  const descOffset = offset + elfNoteHeader.size + OWNER.length;
  const known = xenNoteTypes.some(({ type }) => type === n_type && type < HIGHEST_TYPE);
  if (n_namesz !== OWNER.length || !known || n_descsz > LONGEST) return undefined;
  if (!bytes.has(descOffset, n_descsz)) return undefined;
  return {
    offset,
    owner: 'Xen',
    nameBytes: bytes.slice(descOffset - OWNER.length, OWNER.length),
    type: n_type,
    desc: bytes.slice(descOffset, n_descsz),
    descOffset,
    segment: -1,
    padding: 4,
  };
}

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/** Whether a whole ELF file within the file has it: its notes are its own. */
function inCarriedFile({ data }: Bytes, offset: number): boolean {
  let at = indexOfBytes(data, MAGIC, 1);
  for (let tries = 0; at !== -1 && at < offset && tries < MOST; tries++) {
    if (carries(data.subarray(at), offset - at)) return true;
    at = indexOfBytes(data, MAGIC, at + 1);
  }
  return false;
}

function carries(data: Uint8Array, offset: number): boolean {
  try {
    const { segments } = parseElf(new Bytes(data))!;
    return segments.some((segment) => offset >= segment.offset && offset < segment.offset + segment.fileSize);
  } catch (error) {
    if (error instanceof ImageError) return false;
    throw error;
  }
}

function segmentAt({ segments }: Elf, at: number, type: number) {
  return segments.find(
    (segment) => segment.type === type && at >= segment.offset && at < segment.offset + segment.fileSize,
  );
}

function whereIs(elf: Elf, at: number): string {
  const load = segmentAt(elf, at, segmentType.PT_LOAD);
  const section = elf.sections.find(
    ({ type, offset, size }) =>
      type !== sectionType.SHT_NOBITS && type !== sectionType.SHT_NULL && at >= offset && at < offset + size,
  );
  const home = [
    load ? `in PT_LOAD segment ${load.index}` : 'in no PT_LOAD segment',
    section ? `in section ${section.name || section.index}` : '',
  ];
  return `${home.filter(Boolean).join(', ')}, ${whyNot(elf, at, load)}${sectionText(section)}`;
}

/** What a section's header says against a PT_NOTE segment, which linkers make of allocated SHT_NOTE sections. */
function sectionText(section: Elf['sections'][number] | undefined): string {
  if (!section) return '';
  if (section.type !== sectionType.SHT_NOTE) {
    return `; the section has type ${section.type === sectionType.SHT_PROGBITS ? 'SHT_PROGBITS' : hex(section.type)}, not SHT_NOTE (in assembly, @note)`;
  }
  return section.flags & SHF_ALLOC
    ? ''
    : '; the section is not allocated (in assembly, flag "a"), so that no segment gets it';
}

function whyNot(elf: Elf, at: number, load: Elf['segments'][number] | undefined): string {
  const holder = segmentAt(elf, at, segmentType.PT_NOTE);
  if (holder) {
    return `inside PT_NOTE segment ${holder.index}, but what stands there before it does not lead to it note by note`;
  }
  const notes = elf.segments.filter(({ type }) => type === segmentType.PT_NOTE);
  if (notes.length === 0) {
    const other = elf.segments.find(
      ({ type, offset, fileSize }) =>
        type !== segmentType.PT_LOAD &&
        type !== segmentType.PT_PHDR &&
        at >= offset &&
        at < offset + fileSize,
    );
    return other
      ? `and the program header of these bytes, ${other.index}, has type ${other.typeName} in place of PT_NOTE`
      : 'and the file has no PT_NOTE segment (a linker script whose PHDRS names none, or a section that is no note)';
  }
  const address = load && load.vaddr + BigInt(at - load.offset);
  const stale = notes.find(
    ({ vaddr, fileSize }) => address !== undefined && address >= vaddr && address < vaddr + BigInt(fileSize),
  );
  if (stale) {
    return `whose address PT_NOTE segment ${stale.index} names, but its p_offset ${hex(stale.offset)} points elsewhere`;
  }
  const ranges = notes.map(
    ({ index, offset, fileSize }) => `segment ${index} covers ${hex(offset)}–${hex(offset + fileSize)}`,
  );
  return `and no PT_NOTE segment covers it: ${ranges.slice(0, 3).join(', ')}`;
}
