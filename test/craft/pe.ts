import {
  coffHeader,
  dataDirectory,
  directoryIndex,
  dosHeader,
  EFI_APPLICATION,
  LINUX_PE_MAGIC,
  optionalHeader,
  optionalHeader32,
  optionalHeader64,
  peMachine,
  sectionHeader,
} from '../../src/abi/pe.js';
import { ascii, concat, le, type Overrides, put, roundUp } from './write.js';

export interface CraftPeSection {
  readonly name: string;
  readonly data?: Uint8Array;
  /** The file offset unless given. */
  readonly virtualAddress?: number;
  /** The size of `data` unless given. */
  readonly virtualSize?: number;
  readonly characteristics?: number;
  readonly raw?: Overrides;
}

/** What the headers say; everything has a sensible value. */
export interface CraftPeHeader {
  /** x86-64 unless given; a number for others. */
  readonly machine?: keyof typeof peMachine | number;
  readonly entry?: number;
  readonly imageBase?: number | bigint;
  readonly subsystem?: number;
  readonly dllCharacteristics?: number;
  readonly linuxMagic?: boolean;
  /** Certificate table: {address: file offset, size}. */
  readonly certificates?: { readonly address: number; readonly size: number };
  /** Values of the optional header to lie with, by field name. */
  readonly raw?: Overrides;
}

export interface CraftPe extends CraftPeHeader {
  readonly sections?: readonly CraftPeSection[];
  /** Bytes of a certificate to append and point to. */
  readonly certificate?: Uint8Array;
}

interface PlacedSection extends CraftPeSection {
  readonly offset: number;
  readonly size: number;
}

const DIRECTORIES = 6;

/** Writes DOS header, PE headers at `peOffset` and the section table; returns the offset one past it. */
export function writePeHeaders(
  file: Uint8Array,
  peOffset: number,
  header: CraftPeHeader,
  sections: readonly PlacedSection[],
): number {
  const machine = typeof header.machine === 'number' ? header.machine : peMachine[header.machine ?? 'x86-64'];
  const wide = machine !== peMachine.ia32;
  const width = wide ? optionalHeader64 : optionalHeader32;
  const optionalSize = width.size + DIRECTORIES * dataDirectory.size;
  const optionalAt = peOffset + 4 + coffHeader.size;
  const tableAt = optionalAt + optionalSize;
  const end = tableAt + sections.length * sectionHeader.size;
  put(file, dosHeader, 0, { e_magic: 0x5a4d, e_lfanew: peOffset });
  if (header.linuxMagic) put(file, dosHeader, 0, { linux_magic: LINUX_PE_MAGIC });
  file.set(ascii('PE\0\0'), peOffset);
  put(file, coffHeader, peOffset + 4, {
    machine,
    numberOfSections: sections.length,
    sizeOfOptionalHeader: optionalSize,
    characteristics: 0x206,
  });
  put(file, optionalHeader, optionalAt, {
    magic: wide ? 0x20b : 0x10b,
    addressOfEntryPoint: header.entry ?? 0x1000,
    sectionAlignment: 0x1000,
    fileAlignment: 0x200,
    sizeOfImage: roundUp(file.length, 0x1000),
    sizeOfHeaders: roundUp(end, 0x200),
    subsystem: header.subsystem ?? EFI_APPLICATION,
    dllCharacteristics: header.dllCharacteristics ?? 0x100,
    ...header.raw,
  });
  put(file, width, optionalAt, { imageBase: header.imageBase ?? 0, numberOfRvaAndSizes: DIRECTORIES });
  if (header.certificates) {
    const at = optionalAt + width.size + directoryIndex.certificate * dataDirectory.size;
    put(file, dataDirectory, at, header.certificates);
  }
  sections.forEach((section, index) => {
    const name = new Uint8Array(8);
    name.set(ascii(section.name).subarray(0, 8));
    put(file, sectionHeader, tableAt + index * sectionHeader.size, {
      name,
      virtualSize: section.virtualSize ?? section.size,
      virtualAddress: section.virtualAddress ?? section.offset,
      sizeOfRawData: section.size,
      pointerToRawData: section.offset,
      characteristics: section.characteristics ?? 0x60000020,
      ...section.raw,
    });
  });
  return end;
}

/** A PE image: headers, sections each on a 0x1000 boundary, then a certificate. */
export function craftPe(options: CraftPe = {}): Uint8Array {
  let end = 0x1000;
  const placed = (options.sections ?? [{ name: '.text', data: new Uint8Array(16).fill(0xc3) }]).map(
    (section): PlacedSection => {
      const offset = section.data ? end : 0;
      end = roundUp(end + (section.data?.length ?? 0), 0x1000);
      return { ...section, offset, size: section.data?.length ?? 0 };
    },
  );
  const certificate = options.certificate ?? new Uint8Array(0);
  const file = new Uint8Array(end + certificate.length);
  for (const section of placed) if (section.data) file.set(section.data, section.offset);
  file.set(certificate, end);
  const certificates =
    options.certificates ?? (certificate.length > 0 ? { address: end, size: certificate.length } : undefined);
  writePeHeaders(file, 0x80, { ...options, certificates }, placed);
  return file;
}

/** The contents of a .compat section with these entries. */
export function craftCompat(
  entries: ReadonlyArray<{ readonly machine: number; readonly entry: number }>,
): Uint8Array {
  return concat(
    ...entries.map(({ machine, entry }) => concat(le(1, 1), le(8, 1), le(machine, 2), le(entry, 4))),
    le(0, 1),
  );
}
