import {
  elf32Header,
  elf32ProgramHeader,
  elf32SectionHeader,
  elf64Header,
  elf64ProgramHeader,
  elf64SectionHeader,
  elfIdent,
  elfMachine,
  elfNoteHeader,
  elfType,
  sectionType,
  segmentType,
} from '../../src/abi/elf.js';
import { ascii, concat, type Overrides, put, roundUp } from './write.js';

export interface CraftNote {
  /** Name; a string gets its NUL. */
  readonly owner: string | Uint8Array;
  readonly type: number;
  /** Descriptor; a string gets its NUL, a number 4 bytes, a bigint 8, in the file's byte order. */
  readonly desc: string | number | bigint | Uint8Array;
}

export interface CraftSegment {
  /** PT_LOAD unless given. */
  readonly type?: number;
  /** Read, write and execute unless given. */
  readonly flags?: number;
  readonly vaddr?: number | bigint;
  /** `vaddr` unless given. */
  readonly paddr?: number | bigint;
  readonly data?: Uint8Array;
  /** File offset of the data, if that far is free; the next one aligned to 16 unless given. */
  readonly offset?: number;
  /** The size of `data` unless given. */
  readonly memSize?: number | bigint;
  readonly align?: number | bigint;
  /** Values to lie with, by field name: {p_offset: …, p_filesz: …}. */
  readonly raw?: Overrides;
}

export interface CraftSection {
  readonly name: string;
  /** SHT_PROGBITS unless given. */
  readonly type?: number;
  readonly addr?: number | bigint;
  readonly data?: Uint8Array;
  readonly raw?: Overrides;
}

export interface CraftElf {
  /** 64 unless given. */
  readonly class?: 32 | 64;
  readonly littleEndian?: boolean;
  /** x86-64 or 386 by class unless given. */
  readonly machine?: number;
  /** ET_EXEC unless given. */
  readonly type?: number;
  readonly entry?: number | bigint;
  readonly segments?: readonly CraftSegment[];
  readonly notes?: readonly CraftNote[];
  /** What names and descriptors are padded to: 4 unless given. */
  readonly notePadding?: 4 | 8;
  /** p_align and sh_addralign of the notes: 4 unless given. */
  readonly noteAlign?: number;
  /** Where the notes are found: in a PT_NOTE segment unless given. */
  readonly noteHome?: 'segment' | 'section' | 'both';
  readonly sections?: readonly CraftSection[];
  /** File offset of the program headers, if not behind the ELF header: behind everything else. */
  readonly programHeaders?: number;
  /** Values of the ELF header to lie with, by field name: {e_phnum: 0xffff}. */
  readonly raw?: Overrides;
}

/** Notes one after the other, each name and descriptor padded. */
export function craftNotes(notes: readonly CraftNote[], padding = 4, littleEndian = true): Uint8Array {
  return concat(
    ...notes.map((note) => {
      const name = typeof note.owner === 'string' ? ascii(`${note.owner}\0`) : note.owner;
      const desc = descriptor(note.desc, littleEndian);
      const descAt = roundUp(elfNoteHeader.size + name.length, padding);
      const bytes = new Uint8Array(descAt + roundUp(desc.length, padding));
      const values = { n_namesz: name.length, n_descsz: desc.length, n_type: note.type };
      put(bytes, elfNoteHeader, 0, values, littleEndian);
      bytes.set(name, elfNoteHeader.size);
      bytes.set(desc, descAt);
      return bytes;
    }),
  );
}

function descriptor(desc: CraftNote['desc'], littleEndian: boolean): Uint8Array {
  if (typeof desc === 'string') return ascii(`${desc}\0`);
  if (desc instanceof Uint8Array) return desc;
  const bytes = new Uint8Array(typeof desc === 'bigint' ? 8 : 4);
  const view = new DataView(bytes.buffer);
  if (typeof desc === 'bigint') view.setBigUint64(0, BigInt.asUintN(64, desc), littleEndian);
  else view.setUint32(0, desc, littleEndian);
  return bytes;
}

/** An ELF file: header, program headers, contents, section names, section headers. */
export function craftElf(options: CraftElf = {}): Uint8Array {
  const wide = (options.class ?? 64) === 64;
  const littleEndian = options.littleEndian ?? true;
  const headerLayout = wide ? elf64Header : elf32Header;
  const segmentLayout = wide ? elf64ProgramHeader : elf32ProgramHeader;
  const sectionLayout = wide ? elf64SectionHeader : elf32SectionHeader;

  const segments: CraftSegment[] = [...(options.segments ?? [])];
  const sections: CraftSection[] = [...(options.sections ?? [])];
  const home = options.noteHome ?? 'segment';
  if (options.notes) {
    const data = craftNotes(options.notes, options.notePadding, littleEndian);
    const align = options.noteAlign ?? 4;
    if (home !== 'section') segments.push({ type: segmentType.PT_NOTE, flags: 4, data, align });
    if (home !== 'segment') {
      sections.push({ name: '.notes', type: sectionType.SHT_NOTE, data, raw: { sh_addralign: align } });
    }
  }

  const parts: Uint8Array[] = [];
  let end = headerLayout.size + segments.length * segmentLayout.size;
  const headerSize = end;
  const placed = new Map<Uint8Array, number>();
  const place = (data: Uint8Array, wanted = 0): number => {
    const known = placed.get(data);
    if (known !== undefined) return known;
    const at = wanted >= end ? wanted : roundUp(end, 16);
    parts.push(new Uint8Array(at - end), data);
    placed.set(data, at);
    end = at + data.length;
    return at;
  };
  const segmentAt = segments.map((segment) => (segment.data ? place(segment.data, segment.offset) : 0));
  const sectionAt = sections.map((section) => (section.data ? place(section.data) : 0));

  const all: CraftSection[] = sections.length > 0 ? [{ name: '', type: 0 }, ...sections] : [];
  const names = [...all, { name: '.shstrtab' }].map((section) => section.name);
  const strings = ascii(`${names.join('\0')}\0`);
  const stringsAt = all.length > 0 ? place(strings) : 0;
  const sectionHeadersAt = all.length > 0 ? roundUp(end, 8) : 0;
  const sectionCount = all.length > 0 ? all.length + 1 : 0;

  const programHeaders = options.programHeaders ?? headerLayout.size;
  const sectionsEnd = sectionHeadersAt ? sectionHeadersAt + sectionCount * sectionLayout.size : end;
  const file = new Uint8Array(Math.max(sectionsEnd, programHeaders + segments.length * segmentLayout.size));
  file.set(concat(...parts), headerSize);
  file.set(ascii('\x7fELF'), 0);
  put(file, elfIdent, 0, { class: wide ? 2 : 1, data: littleEndian ? 1 : 2, version: 1 });
  put(
    file,
    headerLayout,
    0,
    {
      e_type: options.type ?? elfType.ET_EXEC,
      e_machine: options.machine ?? (wide ? elfMachine.EM_X86_64 : elfMachine.EM_386),
      e_version: 1,
      e_entry: options.entry ?? 0,
      e_phoff: segments.length > 0 ? programHeaders : 0,
      e_shoff: sectionHeadersAt,
      e_ehsize: headerLayout.size,
      e_phentsize: segmentLayout.size,
      e_phnum: segments.length,
      e_shentsize: sectionLayout.size,
      e_shnum: sectionCount,
      e_shstrndx: sectionCount ? sectionCount - 1 : 0,
      ...options.raw,
    },
    littleEndian,
  );
  segments.forEach((segment, index) => {
    const values = {
      p_type: segment.type ?? segmentType.PT_LOAD,
      p_flags: segment.flags ?? 7,
      p_offset: segmentAt[index]!,
      p_vaddr: segment.vaddr ?? 0,
      p_paddr: segment.paddr ?? segment.vaddr ?? 0,
      p_filesz: segment.data?.length ?? 0,
      p_memsz: segment.memSize ?? segment.data?.length ?? 0,
      p_align: segment.align ?? 16,
      ...segment.raw,
    };
    put(file, segmentLayout, programHeaders + index * segmentLayout.size, values, littleEndian);
  });
  const writeSection = (index: number, values: Overrides) =>
    put(file, sectionLayout, sectionHeadersAt + index * sectionLayout.size, values, littleEndian);
  let nameAt = 0;
  all.forEach((section, index) => {
    writeSection(index, {
      sh_name: nameAt,
      sh_type: section.type ?? sectionType.SHT_PROGBITS,
      sh_addr: section.addr ?? 0,
      sh_offset: index === 0 ? 0 : sectionAt[index - 1]!,
      sh_size: section.data?.length ?? 0,
      ...section.raw,
    });
    nameAt += section.name.length + 1;
  });
  if (sectionCount) {
    writeSection(sectionCount - 1, {
      sh_name: nameAt,
      sh_type: sectionType.SHT_STRTAB,
      sh_offset: stringsAt,
      sh_size: strings.length,
    });
  }
  return file;
}
