import { field, struct } from '../core/struct.js';

const spec = 'Microsoft PE Format';

/** MS-DOS header; `linux_magic` is Linux's own use of a reserved field. */
export const dosHeader = struct('IMAGE_DOS_HEADER', `${spec}, "MS-DOS Stub"; Linux include/linux/pe.h`, {
  e_magic: field(0x00, 'u16', '"MZ"'),
  linux_magic: field(0x38, 'u32', '0x818223cd: a Linux kernel for the machine the PE header names'),
  e_lfanew: field(0x3c, 'u32', 'file offset of the PE signature'),
});

/** LINUX_PE_MAGIC. */
export const LINUX_PE_MAGIC = 0x818223cd;

/** COFF file header; it follows the four bytes of the signature. */
export const coffHeader = struct('IMAGE_FILE_HEADER', `${spec}, "COFF File Header"`, {
  machine: field(0, 'u16', 'target machine'),
  numberOfSections: field(2, 'u16', 'entries of the section table'),
  timeDateStamp: field(4, 'u32', 'seconds since 1970'),
  pointerToSymbolTable: field(8, 'u32', 'file offset of the COFF symbols, 0 = none'),
  numberOfSymbols: field(12, 'u32', 'entries of the symbol table; the string table follows it'),
  sizeOfOptionalHeader: field(16, 'u16', 'size of the optional header'),
  characteristics: field(18, 'u16', 'image attributes'),
});

/** Size of one COFF symbol in bytes. */
export const COFF_SYMBOL_SIZE = 18;

/** Optional header as far as both widths agree. */
export const optionalHeader = struct('IMAGE_OPTIONAL_HEADER', `${spec}, "Optional Header"`, {
  magic: field(0, 'u16', '0x10b = PE32, 0x20b = PE32+'),
  sizeOfCode: field(4, 'u32', 'bytes of code'),
  sizeOfInitializedData: field(8, 'u32', 'bytes of data'),
  sizeOfUninitializedData: field(12, 'u32', 'bytes of bss'),
  addressOfEntryPoint: field(16, 'u32', 'RVA of the entry point'),
  baseOfCode: field(20, 'u32', 'RVA of the code'),
  sectionAlignment: field(32, 'u32', 'alignment of sections in memory'),
  fileAlignment: field(36, 'u32', 'alignment of sections in the file'),
  majorImageVersion: field(
    44,
    'u16',
    'Linux: EFI stub version; from 3 on bit 0 = initrd by LoadFile2, 1 = by initrd=',
  ),
  minorImageVersion: field(46, 'u16', 'Linux: minor EFI stub version'),
  majorSubsystemVersion: field(48, 'u16', 'required subsystem version'),
  minorSubsystemVersion: field(50, 'u16', 'required subsystem version'),
  sizeOfImage: field(56, 'u32', 'bytes in memory, headers included'),
  sizeOfHeaders: field(60, 'u32', 'bytes of headers in the file'),
  checkSum: field(64, 'u32', 'checksum of the image'),
  subsystem: field(68, 'u16', '10 = EFI application'),
  dllCharacteristics: field(70, 'u16', 'bit 8 = NX compatible'),
});

/** What only PE32 has, at the offsets it has it. */
export const optionalHeader32 = struct('IMAGE_OPTIONAL_HEADER32', `${spec}, "Optional Header"`, {
  imageBase: field(28, 'u32', 'preferred load address'),
  numberOfRvaAndSizes: field(92, 'u32', 'data directories that follow'),
});

/** What only PE32+ has, at the offsets it has it. */
export const optionalHeader64 = struct('IMAGE_OPTIONAL_HEADER64', `${spec}, "Optional Header"`, {
  imageBase: field(24, 'u64', 'preferred load address'),
  numberOfRvaAndSizes: field(108, 'u32', 'data directories that follow'),
});

/** One data directory. */
export const dataDirectory = struct('IMAGE_DATA_DIRECTORY', `${spec}, "Optional Header Data Directories"`, {
  address: field(0, 'u32', 'RVA; for the certificate table a file offset'),
  size: field(4, 'u32', 'bytes'),
});

/** Indices of data directories. */
export const directoryIndex = { certificate: 4, baseRelocation: 5, debug: 6 } as const;

/** Section header. */
export const sectionHeader = struct(
  'IMAGE_SECTION_HEADER',
  `${spec}, "Section Table"`,
  {
    name: field(0, { bytes: 8 }, 'NUL-padded; "/n" = offset n in the string table'),
    virtualSize: field(8, 'u32', 'bytes in memory'),
    virtualAddress: field(12, 'u32', 'RVA'),
    sizeOfRawData: field(16, 'u32', 'bytes in the file'),
    pointerToRawData: field(20, 'u32', 'file offset'),
    characteristics: field(36, 'u32', 'bit 5 code, 29 execute, 30 read, 31 write'),
  },
  40,
);

/** One entry of Linux's .compat section: an entry point for firmware of another machine type. */
export const compatEntry = struct(
  'pe_compat',
  'Linux arch/x86/boot/header.S, section .compat; UEFI mixed mode',
  {
    type: field(0, 'u8', '1 = entry point; 0 ends the list'),
    size: field(1, 'u8', 'bytes of this entry'),
    machine: field(2, 'u16', 'COFF machine'),
    entry: field(4, 'u32', 'RVA of the entry point for it'),
  },
);

/** COFF machines by the name this project uses. */
export const peMachine = { 'x86-64': 0x8664, ia32: 0x14c, arm64: 0xaa64 } as const;

/** PE subsystem: EFI application. */
export const EFI_APPLICATION = 10;
