import {
  elf32Header,
  elf32ProgramHeader,
  elf32SectionHeader,
  elf64Header,
  elf64ProgramHeader,
  elf64SectionHeader,
  elfIdent,
  PN_XNUM,
  SHN_XINDEX,
  sectionType,
  segmentType,
} from '../../abi/elf.js';
import { Bytes } from '../../core/bytes.js';
import { hex, ImageError } from '../../core/errors.js';
import { type ElfNote, type NoteArea, parseNoteArea } from './elf-notes.js';
import { clamped, type Problem, Problems } from './problem.js';

export type { ElfNote } from './elf-notes.js';

/** An ELF file (System V ABI, generic and x86 supplements), as a loader sees it. */
export interface Elf {
  readonly class: 32 | 64;
  readonly littleEndian: boolean;
  /** e_machine: 3 = 386, 62 = x86-64, 183 = AArch64. */
  readonly machine: number;
  readonly type: number;
  readonly entry: bigint;
  /** e_flags. */
  readonly flags: number;
  /** File offsets of the program and section headers; 0 = none. */
  readonly programHeaders: number;
  readonly sectionHeaders: number;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  /** All notes of all PT_NOTE segments, or of SHT_NOTE sections where there is no PT_NOTE. */
  readonly notes: readonly ElfNote[];
  /** All notes of all SHT_NOTE sections: mostly the same bytes again, for loaders that look there too. */
  readonly sectionNotes: readonly ElfNote[];
  /** What could not be read: tables and notes outside the file, sizes that make no sense. */
  readonly problems: readonly Problem[];
}

export interface ElfSegment {
  readonly index: number;
  /** File offset of the program header itself. */
  readonly headerOffset: number;
  readonly type: number;
  /** Name of the type: PT_LOAD, PT_NOTE, …; hexadecimal where it has none here. */
  readonly typeName: string;
  readonly flags: number;
  /** File offset; values of 2^53 and more are cut to 2^53 − 1, as is `fileSize`. */
  readonly offset: number;
  readonly vaddr: bigint;
  readonly paddr: bigint;
  readonly fileSize: number;
  readonly memSize: bigint;
  readonly align: bigint;
}

export interface ElfSection {
  readonly index: number;
  /** Name, at most 255 characters of it. */
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly addr: bigint;
  /** File offset; values of 2^53 and more are cut to 2^53 − 1, as is `size`. */
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly addralign: bigint;
  readonly entsize: bigint;
}

/** Far above any kernel's, and still a bounded number of objects. */
const MAX_HEADERS = 0x20000;
const MAX_NAME = 255;

const segmentNames = new Map<number, string>(
  Object.entries(segmentType).map(([name, value]) => [value, name]),
);

/**
 * Reads an ELF file of either class and byte order; undefined when the magic is not there.
 * Throws ImageError when the ELF header itself is unusable; what is wrong further on goes to `problems`.
 */
export function parseElf(input: Bytes): Elf | undefined {
  if (!input.matches(0, '\x7fELF')) return undefined;
  const ident = elfIdent.read(input);
  if (ident.class !== 1 && ident.class !== 2) throw badIdent(input, 4, 'class', ident.class);
  if (ident.data !== 1 && ident.data !== 2) throw badIdent(input, 5, 'data encoding', ident.data);
  const bytes = new Bytes(input.data, input.what, ident.data === 1, input.base);
  const wide = ident.class === 2;
  const header = (wide ? elf64Header : elf32Header).read(bytes);
  const problems = new Problems();
  const sectionHeaders = clamped(header.e_shoff);
  const first = firstSection(bytes, wide, sectionHeaders);
  const sections = readSections(bytes, wide, header, sectionHeaders, first, problems);
  const programHeaders = clamped(header.e_phoff);
  const segments = readSegments(bytes, wide, header, programHeaders, first, problems);

  const segmentNotes = readNotes(
    bytes,
    segments
      .filter((segment) => segment.type === segmentType.PT_NOTE)
      .map(({ index, offset, fileSize, align }) => ({ offset, size: fileSize, align, segment: index })),
    problems,
  );
  const hasNoteSegment = segments.some((segment) => segment.type === segmentType.PT_NOTE);
  const sectionNotes = readNotes(
    bytes,
    sections
      .filter((section) => section.type === sectionType.SHT_NOTE)
      .map(({ offset, size, addralign }) => ({ offset, size, align: addralign, segment: -1 })),
    // The same bytes again must not be reported twice.
    hasNoteSegment ? new Problems() : problems,
  );
  return {
    class: wide ? 64 : 32,
    littleEndian: bytes.littleEndian,
    machine: header.e_machine,
    type: header.e_type,
    entry: BigInt(header.e_entry),
    flags: header.e_flags,
    programHeaders,
    sectionHeaders,
    segments,
    sections,
    notes: hasNoteSegment ? segmentNotes : sectionNotes,
    sectionNotes,
    problems: problems.list,
  };
}

function badIdent(bytes: Bytes, offset: number, what: string, value: number): ImageError {
  return new ImageError(
    `${bytes.what}: ELF ${what} ${value} at offset ${hex(bytes.base + offset)} is neither 1 nor 2`,
    bytes.base + offset,
    'the ELF header is damaged',
  );
}

type Header = ReturnType<typeof elf64Header.read> | ReturnType<typeof elf32Header.read>;
type RawSection = ReturnType<typeof elf64SectionHeader.read> | ReturnType<typeof elf32SectionHeader.read>;

/** Section 0 carries the counts that do not fit into the ELF header. */
function firstSection(bytes: Bytes, wide: boolean, offset: number): RawSection | undefined {
  const layout = wide ? elf64SectionHeader : elf32SectionHeader;
  return offset !== 0 && bytes.has(offset, layout.size) ? layout.read(bytes, offset) : undefined;
}

interface Table {
  readonly what: string;
  readonly offset: number;
  readonly entrySize: number;
  /** Size of the structure that must fit into an entry. */
  readonly needed: number;
  readonly count: number;
}

/** How many entries of a table can be read: no more than the file holds. */
function readable(bytes: Bytes, table: Table, problems: Problems): number {
  const { what, offset, entrySize, needed, count } = table;
  if (count === 0) return 0;
  if (entrySize < needed) {
    problems.add(offset, `${what}: entries of ${entrySize} bytes, but one needs ${needed}`);
    return 0;
  }
  const room = bytes.has(offset) ? Math.floor((bytes.length - offset) / entrySize) : 0;
  const most = Math.min(count, room, MAX_HEADERS);
  if (most < count) {
    const why = room < count ? `the file has room for ${room}` : `only ${MAX_HEADERS} are read`;
    problems.add(offset, `${what}: ${count} entries at offset ${hex(offset)}, but ${why}`);
  }
  return most;
}

function readSegments(
  bytes: Bytes,
  wide: boolean,
  header: Header,
  offset: number,
  first: RawSection | undefined,
  problems: Problems,
): ElfSegment[] {
  const layout = wide ? elf64ProgramHeader : elf32ProgramHeader;
  const entrySize = header.e_phentsize;
  const extended = header.e_phnum === PN_XNUM && first !== undefined && first.sh_info !== 0;
  const count = readable(
    bytes,
    {
      what: 'program headers',
      offset,
      entrySize,
      needed: layout.size,
      count: offset === 0 ? 0 : extended ? first.sh_info : header.e_phnum,
    },
    problems,
  );
  return Array.from({ length: count }, (_, index) => {
    const headerOffset = offset + index * entrySize;
    const raw = layout.read(bytes, headerOffset);
    return {
      index,
      headerOffset,
      type: raw.p_type,
      typeName: segmentNames.get(raw.p_type) ?? hex(raw.p_type),
      flags: raw.p_flags,
      offset: clamped(raw.p_offset),
      vaddr: BigInt(raw.p_vaddr),
      paddr: BigInt(raw.p_paddr),
      fileSize: clamped(raw.p_filesz),
      memSize: BigInt(raw.p_memsz),
      align: BigInt(raw.p_align),
    };
  });
}

function readSections(
  bytes: Bytes,
  wide: boolean,
  header: Header,
  offset: number,
  first: RawSection | undefined,
  problems: Problems,
): ElfSection[] {
  const layout = wide ? elf64SectionHeader : elf32SectionHeader;
  const entrySize = header.e_shentsize;
  const count = readable(
    bytes,
    {
      what: 'section headers',
      offset,
      entrySize,
      needed: layout.size,
      // Zero together with an offset means that the number stands in section 0.
      count: offset === 0 ? 0 : header.e_shnum || clamped(first?.sh_size ?? 0),
    },
    problems,
  );
  const raws = Array.from({ length: count }, (_, index) => layout.read(bytes, offset + index * entrySize));
  const nameAt = sectionNames(bytes, header, raws, problems);
  return raws.map((raw, index) => ({
    index,
    name: nameAt(raw.sh_name),
    type: raw.sh_type,
    flags: BigInt(raw.sh_flags),
    addr: BigInt(raw.sh_addr),
    offset: clamped(raw.sh_offset),
    size: clamped(raw.sh_size),
    link: raw.sh_link,
    info: raw.sh_info,
    addralign: BigInt(raw.sh_addralign),
    entsize: BigInt(raw.sh_entsize),
  }));
}

/** A function that reads a name from the section name table. */
function sectionNames(
  bytes: Bytes,
  header: Header,
  raws: readonly RawSection[],
  problems: Problems,
): (offset: number) => string {
  const index = header.e_shstrndx === SHN_XINDEX ? (raws[0]?.sh_link ?? 0) : header.e_shstrndx;
  const table = index === 0 ? undefined : raws[index];
  if (!table) {
    if (raws.length > 0 && index !== 0) {
      problems.add(0, `section name table: section ${index} of ${raws.length}`);
    }
    return () => '';
  }
  const start = clamped(table.sh_offset);
  const size = clamped(table.sh_size);
  if (!bytes.has(start, size)) {
    problems.add(start, `section name table: ${size} bytes at offset ${hex(start)} are not in the file`);
    return () => '';
  }
  return (at) => (at < size ? bytes.cString(start + at, Math.min(MAX_NAME, size - at)) : '');
}

function readNotes(bytes: Bytes, areas: readonly NoteArea[], problems: Problems): ElfNote[] {
  const notes: ElfNote[] = [];
  for (const area of areas) {
    if (!parseNoteArea(bytes, area, notes, problems)) break;
  }
  return notes;
}
