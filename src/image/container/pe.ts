import {
  COFF_SYMBOL_SIZE,
  coffHeader,
  compatEntry,
  dataDirectory,
  directoryIndex,
  dosHeader,
  LINUX_PE_MAGIC,
  optionalHeader,
  optionalHeader32,
  optionalHeader64,
  peMachine,
  sectionHeader,
} from '../../abi/pe.js';
import { type Bytes, latin1 } from '../../core/bytes.js';
import { hex, ImageError } from '../../core/errors.js';
import { type Problem, Problems } from './problem.js';

/** A PE/COFF image (Microsoft PE format; UEFI specification 2.x, "EFI images"). */
export interface Pe {
  /** File offset of the "PE\0\0" signature. */
  readonly offset: number;
  /** COFF machine: 0x8664 x86-64, 0x14c i386, 0xaa64 arm64. */
  readonly machine: number;
  readonly machineName: 'x86-64' | 'ia32' | 'arm64' | 'unknown';
  readonly magic: 'PE32' | 'PE32+';
  /** RVA of the entry point. */
  readonly entry: number;
  readonly imageBase: bigint;
  readonly sectionAlignment: number;
  readonly fileAlignment: number;
  readonly sizeOfImage: number;
  readonly sizeOfHeaders: number;
  /** 10 = EFI application. */
  readonly subsystem: number;
  readonly dllCharacteristics: number;
  readonly majorImageVersion: number;
  readonly minorImageVersion: number;
  /** The DOS header carries Linux's own mark (LINUX_PE_MAGIC). */
  readonly linuxMagic: boolean;
  readonly sections: readonly PeSection[];
  /** Authenticode signature present (certificate table, data directory 4, not empty). */
  readonly signed: boolean;
  /** File offset and size of the certificate table, as stated. */
  readonly certificates?: { readonly offset: number; readonly size: number };
  /** The text of the .sbat section, if present. */
  readonly sbat?: string;
  /** Entry for ia32 firmware from the .compat section (LINUX_PE .compat, mixed mode): RVA. The first of `compatEntries`. */
  readonly compatEntry?: PeCompatEntry;
  /** All entry points of the .compat section. */
  readonly compatEntries: readonly PeCompatEntry[];
  /** File offset of the entry point field, for evidence. */
  readonly entryFieldOffset: number;
  /** File offset of the CheckSum field. */
  readonly checkSumOffset: number;
  /** File offset of the data directory of the certificate table, if the header has it. */
  readonly certificateDirectoryOffset?: number;
  readonly problems: readonly Problem[];
}

export interface PeCompatEntry {
  readonly machine: number;
  /** RVA. */
  readonly entry: number;
  /** File offset of the entry in the .compat section. */
  readonly offset: number;
}

export interface PeSection {
  readonly name: string;
  readonly virtualAddress: number;
  readonly virtualSize: number;
  readonly offset: number;
  readonly size: number;
  readonly characteristics: number;
}

const MAX_COMPAT = 16;
const MAX_SBAT = 0x10000;

/**
 * Reads a PE image; undefined when there is no DOS header or no signature where it points.
 * Throws ImageError when the headers do not fit or the optional header is of no known kind.
 */
export function parsePe(bytes: Bytes): Pe | undefined {
  if (!bytes.matches(0, 'MZ') || !bytes.has(0, dosHeader.size)) return undefined;
  const dos = dosHeader.read(bytes);
  const offset = dos.e_lfanew;
  if (!bytes.matches(offset, 'PE\0\0')) return undefined;
  const problems = new Problems();
  const coffOffset = offset + 4;
  const coff = coffHeader.read(bytes, coffOffset);
  const optionalOffset = coffOffset + coffHeader.size;
  const optional = optionalHeader.read(bytes, optionalOffset);
  const wide = optional.magic === 0x20b;
  if (!wide && optional.magic !== 0x10b) {
    throw new ImageError(
      `${bytes.what}: PE optional header magic ${hex(optional.magic)} at offset ${hex(bytes.base + optionalOffset)} is neither 0x10b nor 0x20b`,
      bytes.base + optionalOffset,
      'the PE header is damaged',
    );
  }
  const widthLayout = wide ? optionalHeader64 : optionalHeader32;
  const { imageBase, numberOfRvaAndSizes } = widthLayout.read(bytes, optionalOffset);
  const sections = readSections(bytes, coff, optionalOffset + coff.sizeOfOptionalHeader, problems);

  const directoryOffset = optionalOffset + widthLayout.size + directoryIndex.certificate * dataDirectory.size;
  const hasDirectory =
    numberOfRvaAndSizes > directoryIndex.certificate &&
    directoryOffset + dataDirectory.size <= optionalOffset + coff.sizeOfOptionalHeader &&
    bytes.has(directoryOffset, dataDirectory.size);
  const directory = hasDirectory ? dataDirectory.read(bytes, directoryOffset) : undefined;
  const certificates = directory?.size ? { offset: directory.address, size: directory.size } : undefined;
  const compatEntries = readCompat(bytes, sections, problems);
  return {
    offset,
    machine: coff.machine,
    machineName: machineNames.get(coff.machine) ?? 'unknown',
    magic: wide ? 'PE32+' : 'PE32',
    entry: optional.addressOfEntryPoint,
    imageBase: BigInt(imageBase),
    sectionAlignment: optional.sectionAlignment,
    fileAlignment: optional.fileAlignment,
    sizeOfImage: optional.sizeOfImage,
    sizeOfHeaders: optional.sizeOfHeaders,
    subsystem: optional.subsystem,
    dllCharacteristics: optional.dllCharacteristics,
    majorImageVersion: optional.majorImageVersion,
    minorImageVersion: optional.minorImageVersion,
    linuxMagic: dos.linux_magic === LINUX_PE_MAGIC,
    sections,
    signed: certificates !== undefined,
    certificates,
    sbat: sectionText(bytes, sections, '.sbat', MAX_SBAT),
    compatEntry: compatEntries[0],
    compatEntries,
    entryFieldOffset: optionalOffset + optionalHeader.fields.addressOfEntryPoint.offset,
    checkSumOffset: optionalOffset + optionalHeader.fields.checkSum.offset,
    certificateDirectoryOffset: hasDirectory ? directoryOffset : undefined,
    problems: problems.list,
  };
}

const machineNames = new Map<number, keyof typeof peMachine>(
  Object.entries(peMachine).map(([name, value]) => [value, name as keyof typeof peMachine]),
);

function readSections(
  bytes: Bytes,
  coff: ReturnType<typeof coffHeader.read>,
  offset: number,
  problems: Problems,
): PeSection[] {
  const room = bytes.has(offset, 0) ? Math.floor((bytes.length - offset) / sectionHeader.size) : 0;
  const count = Math.min(coff.numberOfSections, room);
  if (count < coff.numberOfSections) {
    problems.add(offset, `${coff.numberOfSections} PE section headers, but the file has room for ${count}`);
  }
  return Array.from({ length: count }, (_, index) => {
    const raw = sectionHeader.read(bytes, offset + index * sectionHeader.size);
    return {
      name: sectionName(bytes, coff, raw.name),
      virtualAddress: raw.virtualAddress,
      virtualSize: raw.virtualSize,
      offset: raw.pointerToRawData,
      size: raw.sizeOfRawData,
      characteristics: raw.characteristics,
    };
  });
}

/** Names longer than eight bytes stand in the string table behind the COFF symbols, as "/offset". */
function sectionName(bytes: Bytes, coff: ReturnType<typeof coffHeader.read>, raw: Uint8Array): string {
  const nul = raw.indexOf(0);
  const short = latin1(nul === -1 ? raw : raw.subarray(0, nul));
  const long = /^\/(\d+)$/.exec(short);
  if (!long || coff.pointerToSymbolTable === 0) return short;
  const strings = coff.pointerToSymbolTable + coff.numberOfSymbols * COFF_SYMBOL_SIZE;
  const at = strings + Number(long[1]);
  return bytes.has(at) ? bytes.cString(at, 255) : short;
}

/** The bytes of a section that are in the file and in memory; undefined when there is no such section or none of it is in the file. */
function peSectionBytes(
  bytes: Bytes,
  sections: readonly PeSection[],
  name: string,
): { readonly offset: number; readonly length: number } | undefined {
  const section = sections.find((candidate) => candidate.name === name);
  return section && sectionPlace(bytes, section);
}

/** The same of one section. */
export function sectionPlace(
  bytes: Bytes,
  section: PeSection,
): { readonly offset: number; readonly length: number } | undefined {
  if (!bytes.has(section.offset)) return undefined;
  // The file's part is padded to fileAlignment, so the size in memory is the exact one if it is smaller.
  const exact = section.virtualSize ? Math.min(section.size, section.virtualSize) : section.size;
  return { offset: section.offset, length: Math.min(exact, bytes.length - section.offset) };
}

/** The text of a section up to its first NUL, at most `max` characters. */
export function sectionText(
  bytes: Bytes,
  sections: readonly PeSection[],
  name: string,
  max: number,
): string | undefined {
  const place = peSectionBytes(bytes, sections, name);
  return place && bytes.cString(place.offset, Math.min(place.length, max));
}

function readCompat(bytes: Bytes, sections: readonly PeSection[], problems: Problems): PeCompatEntry[] {
  const place = peSectionBytes(bytes, sections, '.compat');
  const entries: PeCompatEntry[] = [];
  if (!place) return entries;
  const end = place.offset + place.length;
  for (let at = place.offset; at + compatEntry.size <= end; ) {
    const raw = compatEntry.read(bytes, at);
    if (raw.type === 0) return entries;
    if (raw.size < compatEntry.size || entries.length === MAX_COMPAT) {
      problems.add(at, `.compat: entry of ${raw.size} bytes at ${hex(at)} cannot be read`);
      return entries;
    }
    if (raw.type === 1) entries.push({ machine: raw.machine, entry: raw.entry, offset: at });
    at += raw.size;
  }
  return entries;
}
