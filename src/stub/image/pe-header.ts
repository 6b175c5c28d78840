import {
  coffHeader,
  dosHeader,
  EFI_APPLICATION,
  optionalHeader,
  optionalHeader64,
  peMachine,
  sectionHeader,
} from '../../abi/pe.js';

/** Sections lie apart by this much in memory, and so does the first from the file's begin. */
export const SECTION_ALIGNMENT = 0x1000;
export const FILE_ALIGNMENT = 0x200;

const MZ = 0x5a4d;
const PE = 0x4550;
const PE32_PLUS = 0x20b;
const OFFSET = 0x40;
const EXECUTABLE_IMAGE = 0x02;
const LARGE_ADDRESS_AWARE = 0x20;
/** LINUX_EFISTUB_MAJOR_VERSION 1: loaders may offer the initrd through LoadFile2. */
const LOAD_FILE2_VERSION = 1;

const characteristics = {
  code: 0x20,
  data: 0x40,
  discardable: 0x02000000,
  execute: 0x20000000,
  read: 0x40000000,
  write: 0x80000000,
} as const;

export interface PeSectionToWrite {
  readonly name: string;
  /** File offset and bytes in the file, multiples of the file alignment. */
  readonly offset: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly flags: readonly (keyof typeof characteristics)[];
}

export interface PeHeaderOptions {
  /** File offset of the entry point; it lies in the first section. */
  readonly entry: number;
  /** Bytes of the file before the first section: a multiple of both alignments. */
  readonly headerSize: number;
  readonly sections: readonly PeSectionToWrite[];
}

/**
 * Headers of a PE32+ EFI application without relocations, which may be loaded anywhere (Microsoft PE Format; UEFI 2.10, 2.1.1); the
 * first section's RVA is its file offset. Returns where the headers end.
 */
export function writePeHeader(view: DataView, { entry, headerSize, sections }: PeHeaderOptions): number {
  const directories = 6;
  const optionalSize = optionalHeader64.size + directories * 8;
  dosHeader.write(view, 0, { e_magic: MZ, e_lfanew: OFFSET });
  view.setUint32(OFFSET, PE, true);
  const coff = OFFSET + 4;
  coffHeader.write(view, coff, {
    machine: peMachine['x86-64'],
    numberOfSections: sections.length,
    sizeOfOptionalHeader: optionalSize,
    characteristics: EXECUTABLE_IMAGE | LARGE_ADDRESS_AWARE,
  });
  const optional = coff + coffHeader.size;
  let at = optional + optionalSize;
  let rva = headerSize;
  let code = 0;
  let data = 0;
  for (const { name, offset, fileSize, memorySize, flags } of sections) {
    sectionHeader.write(view, at, {
      name: new TextEncoder().encode(name.padEnd(8, '\0')),
      virtualSize: memorySize,
      virtualAddress: rva,
      sizeOfRawData: fileSize,
      pointerToRawData: offset,
      characteristics: flags.reduce((bits, flag) => (bits | characteristics[flag]) >>> 0, 0),
    });
    if (flags.includes('code')) code += fileSize;
    else data += fileSize;
    at += sectionHeader.size;
    rva += Math.ceil(memorySize / SECTION_ALIGNMENT) * SECTION_ALIGNMENT;
  }
  optionalHeader.write(view, optional, {
    magic: PE32_PLUS,
    sizeOfCode: code,
    sizeOfInitializedData: data,
    addressOfEntryPoint: entry,
    baseOfCode: headerSize,
    sectionAlignment: SECTION_ALIGNMENT,
    fileAlignment: FILE_ALIGNMENT,
    majorImageVersion: LOAD_FILE2_VERSION,
    sizeOfImage: rva,
    sizeOfHeaders: headerSize,
    subsystem: EFI_APPLICATION,
  });
  optionalHeader64.write(view, optional, { imageBase: 0n, numberOfRvaAndSizes: directories });
  return at;
}
