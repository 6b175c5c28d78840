import {
  elf32Header,
  elf32SectionHeader,
  elf32Symbol,
  elf64Header,
  elf64SectionHeader,
  elf64Symbol,
  SHN_ABS,
  SHN_LORESERVE,
  sectionFlag,
  sectionType,
  segmentFlag,
  symbolBinding,
  symbolType,
} from '../../abi/elf.js';
import type { Bytes } from '../../core/bytes.js';
import { ImageError } from '../../core/errors.js';
import type { Elf } from '../container/elf.js';
import type { SymbolTable } from './symbol-table.js';

/** A section of the file that is written: its header's fields, in numbers wide enough for both classes. */
interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly addr: bigint;
  readonly offset: number;
  readonly size: bigint;
  readonly link: number;
  readonly info: number;
  readonly addralign: bigint;
  readonly entsize: bigint;
}

/**
 * The ELF file with a .symtab and .strtab of these symbols, as debuggers and profilers read them. Every byte of it stays
 * where it is but the three fields of its header that say where sections are: what is new stands behind its end. A file
 * without sections gets one for each PT_LOAD segment, since a symbol's type letter is that of its section.
 *
 * A symbol reaches to the next one in its section, which is how the kernel itself measures them (kernel/kallsyms.c,
 * get_symbol_pos()). Throws ImageError when the file already has as many sections as a header can count.
 */
export function addSymtab(bytes: Bytes, elf: Elf, table: SymbolTable): Uint8Array {
  const old = sectionsOf(elf);
  const { entries, strings, locals } = symbolTable(elf, old, table);
  const symtab = roundUp(bytes.length);
  const strtab = symtab + entries.length;
  const namesAt = strtab + strings.length;
  const added: Section[] = [
    ...old,
    {
      ...plain('.symtab', sectionType.SHT_SYMTAB, symtab, entries.length),
      link: old.length + 1,
      info: locals,
      addralign: 8n,
      entsize: BigInt(layoutsOf(elf).symbol.size),
    },
    plain('.strtab', sectionType.SHT_STRTAB, strtab, strings.length),
  ];
  const nameIndex = added.length;
  if (nameIndex + 1 >= SHN_LORESERVE) {
    throw new ImageError(`${bytes.what}: ${old.length} sections leave no room for symbols`);
  }
  const all = [...added, plain('.shstrtab', sectionType.SHT_STRTAB, namesAt, 0)];
  const names = stringTable(all.map(({ name }) => name));
  const headersAt = roundUp(namesAt + names.text.length);
  const { header, section } = layoutsOf(elf);
  const file = new Uint8Array(headersAt + all.length * section.size);
  file.set(bytes.data);
  file.set(entries, symtab);
  file.set(strings, strtab);
  file.set(names.text, namesAt);
  const view = new DataView(file.buffer);
  const wide = elf.class === 64;
  const word = (value: bigint | number): number => (wide ? BigInt(value) : Number(value)) as number;
  all.forEach((each, index) => {
    const size = index === nameIndex ? names.text.length : each.size;
    (section as typeof elf32SectionHeader).write(view, headersAt + index * section.size, {
      sh_name: names.offsets[index],
      sh_type: each.type,
      sh_flags: word(each.flags),
      sh_addr: word(each.addr),
      sh_offset: word(each.offset),
      sh_size: word(size),
      sh_link: each.link,
      sh_info: each.info,
      sh_addralign: word(each.addralign),
      sh_entsize: word(each.entsize),
    });
  });
  (header as typeof elf32Header).write(view, 0, {
    e_shoff: word(headersAt),
    e_shentsize: section.size,
    e_shnum: all.length,
    e_shstrndx: nameIndex,
  });
  return file;
}

function layoutsOf(elf: Elf) {
  return elf.class === 64
    ? { header: elf64Header, section: elf64SectionHeader, symbol: elf64Symbol }
    : { header: elf32Header, section: elf32SectionHeader, symbol: elf32Symbol };
}

function plain(name: string, type: number, offset: number, size: number): Section {
  return {
    name,
    type,
    flags: 0n,
    addr: 0n,
    offset,
    size: BigInt(size),
    link: 0,
    info: 0,
    addralign: 1n,
    entsize: 0n,
  };
}

/** The sections there are, the empty one at index 0 included; made from the segments where there are none. */
function sectionsOf(elf: Elf): Section[] {
  if (elf.sections.length > 1) return elf.sections.map((each) => ({ ...each, size: BigInt(each.size) }));
  const loads = elf.segments.filter(({ typeName, memSize }) => typeName === 'PT_LOAD' && memSize > 0n);
  return [
    { ...plain('', 0, 0, 0), addralign: 0n },
    ...loads.flatMap(({ index, flags, vaddr, offset, fileSize, memSize }) => {
      const common = {
        flags:
          sectionFlag.SHF_ALLOC |
          (flags & segmentFlag.PF_W ? sectionFlag.SHF_WRITE : 0n) |
          (flags & segmentFlag.PF_X ? sectionFlag.SHF_EXECINSTR : 0n),
      };
      const inFile = BigInt(fileSize);
      const data = {
        ...plain(`.load${index}`, sectionType.SHT_PROGBITS, offset, fileSize),
        ...common,
        addr: vaddr,
      };
      // What a segment has beyond its bytes in the file is zeros, a section of their own.
      const zeros = {
        ...plain(`.zero${index}`, sectionType.SHT_NOBITS, offset + fileSize, 0),
        ...common,
        addr: vaddr + inFile,
        size: memSize - inFile,
      };
      return [...(fileSize > 0 ? [data] : []), ...(memSize > inFile ? [zeros] : [])];
    }),
  ];
}

interface Written {
  readonly entries: Uint8Array;
  readonly strings: Uint8Array;
  /** Entries before the first that is not local, which sh_info states; the empty one at index 0 is one of them. */
  readonly locals: number;
}

function symbolTable(elf: Elf, sections: readonly Section[], table: SymbolTable): Written {
  const { symbol } = layoutsOf(elf);
  const { text, starts } = table.columns;
  const strings = new Uint8Array(1 + text.length + table.count);
  const entries = new Uint8Array((1 + table.count) * symbol.size);
  const view = new DataView(entries.buffer);
  const home = placer(sections);
  const places = Array.from(table.addresses, (address, i) =>
    /[aA]/.test(table.type(i)) ? SHN_ABS : home(address, table.type(i)),
  );
  const bindings = Array.from(table.types, (type) => bindingOf(String.fromCharCode(type)));
  const isLocal = (i: number): boolean => bindings[i] === symbolBinding.STB_LOCAL;
  const order = Array.from(bindings, (_, i) => i);
  const sorted = [...order.filter(isLocal), ...order.filter((i) => !isLocal(i))];
  const wide = elf.class === 64;
  const word = (value: bigint): number => (wide ? value : Number(value)) as number;
  let name = 1;
  sorted.forEach((i, position) => {
    const address = table.addresses[i]!;
    (symbol as typeof elf32Symbol).write(view, (1 + position) * symbol.size, {
      st_name: name,
      st_value: word(address),
      st_size: word(sizeOf(i, table, places, sections)),
      st_info: (bindings[i]! << 4) | typeOf(table.type(i)),
      st_shndx: places[i]!,
    });
    strings.set(text.subarray(starts[i]!, starts[i + 1]!), name);
    name += starts[i + 1]! - starts[i]! + 1;
  });
  return { entries, strings, locals: 1 + order.filter(isLocal).length };
}

/**
 * Index of the section of a symbol: the one that holds its address, or the one that merely ends there where that alone has
 * what its letter says: symbols such as _etext mark an end, and what comes next is of another kind.
 */
function placer(sections: readonly Section[]): (address: bigint, letter: string) => number {
  const allocated = sections
    .map((section, index) => ({ index, section, start: section.addr, end: section.addr + section.size }))
    .filter(({ section, start, end }) => section.flags & sectionFlag.SHF_ALLOC && end > start);
  let last = allocated[0];
  return (address, letter) => {
    // Symbols come by address, so that mostly it is the same section again.
    if (!last || address < last.start || address >= last.end) {
      last = allocated.find(({ start, end }) => address >= start && address < end);
    }
    if (last && (last.start !== address || fits(last.section, letter))) return last.index;
    const ending = allocated.filter(({ end }) => address === end);
    return (ending.find(({ section }) => fits(section, letter)) ?? last ?? ending[0])?.index ?? SHN_ABS;
  };
}

/** Whether symbols in a section have that letter (nm(1)); any section will do for letters that do not tell. */
function fits({ flags, type }: Section, letter: string): boolean {
  const kind = letter.toLowerCase();
  if (!/[tdrb]/.test(kind)) return true;
  if (flags & sectionFlag.SHF_EXECINSTR) return kind === 't';
  if (type === sectionType.SHT_NOBITS) return kind === 'b';
  return kind === (flags & sectionFlag.SHF_WRITE ? 'd' : 'r');
}

function sizeOf(
  index: number,
  table: SymbolTable,
  places: readonly number[],
  sections: readonly Section[],
): bigint {
  const section = sections[places[index]!];
  if (!section) return 0n;
  const address = table.addresses[index]!;
  const end = section.addr + section.size;
  for (let i = index + 1; i < table.count; i++) {
    const next = table.addresses[i]!;
    if (next > address && places[i] === places[index]) return (next < end ? next : end) - address;
    if (next >= end) break;
  }
  return end > address ? end - address : 0n;
}

function bindingOf(letter: string): number {
  if (/[wWvV]/.test(letter)) return symbolBinding.STB_WEAK;
  return letter === letter.toUpperCase() ? symbolBinding.STB_GLOBAL : symbolBinding.STB_LOCAL;
}

function typeOf(letter: string): number {
  if (/[tTwW]/.test(letter)) return symbolType.STT_FUNC;
  return /[dDbBrRvVgGsS]/.test(letter) ? symbolType.STT_OBJECT : symbolType.STT_NOTYPE;
}

/** Strings one after the other, each with its NUL, and where each begins. */
function stringTable(texts: readonly string[]): { text: Uint8Array; offsets: number[] } {
  let all = '\0';
  const offsets = texts.map((text) => {
    if (text === '') return 0;
    const offset = all.length;
    all += `${text}\0`;
    return offset;
  });
  return { text: Uint8Array.from(all, (character) => character.charCodeAt(0)), offsets };
}

function roundUp(size: number): number {
  return Math.ceil(size / 8) * 8;
}
