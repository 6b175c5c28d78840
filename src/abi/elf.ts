import { field, struct } from '../core/struct.js';

const gabi = 'System V Application Binary Interface (gABI)';

/** The start of every ELF file, the same for both classes. */
export const elfIdent = struct('e_ident', `${gabi}, "ELF Identification"`, {
  magic: field(0, 'u32', '"\\x7fELF"'),
  class: field(4, 'u8', '1 = 32-bit, 2 = 64-bit'),
  data: field(5, 'u8', '1 = little-endian, 2 = big-endian'),
  version: field(6, 'u8', '1'),
  osabi: field(7, 'u8', 'operating system or ABI extensions'),
  abiversion: field(8, 'u8', 'version of that ABI'),
});

/** ELF header, 32-bit. */
export const elf32Header = struct('Elf32_Ehdr', `${gabi}, "ELF Header"`, {
  e_type: field(16, 'u16', 'object file type'),
  e_machine: field(18, 'u16', 'architecture'),
  e_version: field(20, 'u32', '1'),
  e_entry: field(24, 'u32', 'virtual address of the entry point'),
  e_phoff: field(28, 'u32', 'file offset of the program headers'),
  e_shoff: field(32, 'u32', 'file offset of the section headers'),
  e_flags: field(36, 'u32', 'processor-specific flags'),
  e_ehsize: field(40, 'u16', 'size of this header'),
  e_phentsize: field(42, 'u16', 'size of a program header'),
  e_phnum: field(44, 'u16', 'number of program headers, or PN_XNUM'),
  e_shentsize: field(46, 'u16', 'size of a section header'),
  e_shnum: field(48, 'u16', 'number of section headers; 0 = see section 0'),
  e_shstrndx: field(50, 'u16', 'index of the section with the section names'),
});

/** ELF header, 64-bit. */
export const elf64Header = struct('Elf64_Ehdr', `${gabi}, "ELF Header"`, {
  e_type: field(16, 'u16', 'object file type'),
  e_machine: field(18, 'u16', 'architecture'),
  e_version: field(20, 'u32', '1'),
  e_entry: field(24, 'u64', 'virtual address of the entry point'),
  e_phoff: field(32, 'u64', 'file offset of the program headers'),
  e_shoff: field(40, 'u64', 'file offset of the section headers'),
  e_flags: field(48, 'u32', 'processor-specific flags'),
  e_ehsize: field(52, 'u16', 'size of this header'),
  e_phentsize: field(54, 'u16', 'size of a program header'),
  e_phnum: field(56, 'u16', 'number of program headers, or PN_XNUM'),
  e_shentsize: field(58, 'u16', 'size of a section header'),
  e_shnum: field(60, 'u16', 'number of section headers; 0 = see section 0'),
  e_shstrndx: field(62, 'u16', 'index of the section with the section names'),
});

/** Program header, 32-bit. */
export const elf32ProgramHeader = struct('Elf32_Phdr', `${gabi}, "Program Header"`, {
  p_type: field(0, 'u32', 'kind of segment'),
  p_offset: field(4, 'u32', 'file offset'),
  p_vaddr: field(8, 'u32', 'virtual address'),
  p_paddr: field(12, 'u32', 'physical address'),
  p_filesz: field(16, 'u32', 'bytes in the file'),
  p_memsz: field(20, 'u32', 'bytes in memory'),
  p_flags: field(24, 'u32', 'bit 0 execute, 1 write, 2 read'),
  p_align: field(28, 'u32', 'alignment in memory and file'),
});

/** Program header, 64-bit. */
export const elf64ProgramHeader = struct('Elf64_Phdr', `${gabi}, "Program Header"`, {
  p_type: field(0, 'u32', 'kind of segment'),
  p_flags: field(4, 'u32', 'bit 0 execute, 1 write, 2 read'),
  p_offset: field(8, 'u64', 'file offset'),
  p_vaddr: field(16, 'u64', 'virtual address'),
  p_paddr: field(24, 'u64', 'physical address'),
  p_filesz: field(32, 'u64', 'bytes in the file'),
  p_memsz: field(40, 'u64', 'bytes in memory'),
  p_align: field(48, 'u64', 'alignment in memory and file'),
});

/** Section header, 32-bit. */
export const elf32SectionHeader = struct('Elf32_Shdr', `${gabi}, "Sections"`, {
  sh_name: field(0, 'u32', 'offset in the section name table'),
  sh_type: field(4, 'u32', 'kind of section'),
  sh_flags: field(8, 'u32', 'bit 0 write, 1 allocated, 2 code'),
  sh_addr: field(12, 'u32', 'virtual address'),
  sh_offset: field(16, 'u32', 'file offset'),
  sh_size: field(20, 'u32', 'size in bytes'),
  sh_link: field(24, 'u32', 'index of a related section'),
  sh_info: field(28, 'u32', 'depends on the type'),
  sh_addralign: field(32, 'u32', 'alignment'),
  sh_entsize: field(36, 'u32', 'size of an entry, for tables'),
});

/** Section header, 64-bit. */
export const elf64SectionHeader = struct('Elf64_Shdr', `${gabi}, "Sections"`, {
  sh_name: field(0, 'u32', 'offset in the section name table'),
  sh_type: field(4, 'u32', 'kind of section'),
  sh_flags: field(8, 'u64', 'bit 0 write, 1 allocated, 2 code'),
  sh_addr: field(16, 'u64', 'virtual address'),
  sh_offset: field(24, 'u64', 'file offset'),
  sh_size: field(32, 'u64', 'size in bytes'),
  sh_link: field(40, 'u32', 'index of a related section'),
  sh_info: field(44, 'u32', 'depends on the type'),
  sh_addralign: field(48, 'u64', 'alignment'),
  sh_entsize: field(56, 'u64', 'size of an entry, for tables'),
});

/** Symbol, 32-bit. */
export const elf32Symbol = struct('Elf32_Sym', `${gabi}, "Symbol Table"`, {
  st_name: field(0, 'u32', 'offset in the string table'),
  st_value: field(4, 'u32', 'address'),
  st_size: field(8, 'u32', 'size in bytes, 0 where it has none'),
  st_info: field(12, 'u8', 'type in the lower four bits, binding in the upper ones'),
  st_other: field(13, 'u8', 'visibility'),
  st_shndx: field(14, 'u16', 'index of its section'),
});

/** Symbol, 64-bit. */
export const elf64Symbol = struct('Elf64_Sym', `${gabi}, "Symbol Table"`, {
  st_name: field(0, 'u32', 'offset in the string table'),
  st_info: field(4, 'u8', 'type in the lower four bits, binding in the upper ones'),
  st_other: field(5, 'u8', 'visibility'),
  st_shndx: field(6, 'u16', 'index of its section'),
  st_value: field(8, 'u64', 'address'),
  st_size: field(16, 'u64', 'size in bytes, 0 where it has none'),
});

/** Note header: the same three words in both classes, then the name, then the descriptor. */
export const elfNoteHeader = struct('Elf_Nhdr', `${gabi}, "Note Section"`, {
  n_namesz: field(0, 'u32', 'length of the name, terminator included'),
  n_descsz: field(4, 'u32', 'length of the descriptor'),
  n_type: field(8, 'u32', "type, in the owner's numbering"),
});

/** Relocation with addend, 64-bit. */
export const elf64Rela = struct('Elf64_Rela', `${gabi}, "Relocation"`, {
  r_offset: field(0, 'u64', 'what is relocated: a virtual address in linked files'),
  r_info: field(8, 'u64', 'type in the lower half, symbol in the upper one'),
  r_addend: field(16, 'u64', 'signed'),
});

/** e_machine values of kernels this project meets. */
export const elfMachine = { EM_386: 3, EM_X86_64: 62, EM_AARCH64: 183 } as const;

/** e_type values. */
export const elfType = { ET_NONE: 0, ET_REL: 1, ET_EXEC: 2, ET_DYN: 3, ET_CORE: 4 } as const;

/** p_type values by name. */
export const segmentType = {
  PT_NULL: 0,
  PT_LOAD: 1,
  PT_DYNAMIC: 2,
  PT_INTERP: 3,
  PT_NOTE: 4,
  PT_SHLIB: 5,
  PT_PHDR: 6,
  PT_TLS: 7,
  PT_GNU_EH_FRAME: 0x6474e550,
  PT_GNU_STACK: 0x6474e551,
  PT_GNU_RELRO: 0x6474e552,
  PT_GNU_PROPERTY: 0x6474e553,
} as const;

/** sh_type values that matter for loading and symbols. */
export const sectionType = {
  SHT_NULL: 0,
  SHT_PROGBITS: 1,
  SHT_SYMTAB: 2,
  SHT_STRTAB: 3,
  SHT_RELA: 4,
  SHT_NOTE: 7,
  SHT_NOBITS: 8,
  SHT_REL: 9,
} as const;

/** e_phnum when the real number stands in sh_info of section 0. */
export const PN_XNUM = 0xffff;
/** e_shstrndx when the real index stands in sh_link of section 0. */
export const SHN_XINDEX = 0xffff;
/** The first section index that is none: what a header can count is below it. */
export const SHN_LORESERVE = 0xff00;
/** st_shndx of a symbol that no section holds. */
export const SHN_ABS = 0xfff1;

/** sh_flags. */
export const sectionFlag = { SHF_WRITE: 1n, SHF_ALLOC: 2n, SHF_EXECINSTR: 4n } as const;
/** p_flags. */
export const segmentFlag = { PF_X: 1, PF_W: 2, PF_R: 4 } as const;
/** Upper half of st_info. */
export const symbolBinding = { STB_LOCAL: 0, STB_GLOBAL: 1, STB_WEAK: 2, STB_GNU_UNIQUE: 10 } as const;
/** Lower half of st_info. */
export const symbolType = {
  STT_NOTYPE: 0,
  STT_OBJECT: 1,
  STT_FUNC: 2,
  STT_SECTION: 3,
  STT_FILE: 4,
  STT_GNU_IFUNC: 10,
} as const;
