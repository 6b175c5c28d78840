import { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import type { Elf, ElfNote } from '../container/elf.js';
import { featureNames, parseFeatures, type XenFeatureSet } from './features.js';

/** How the descriptor of a note is read. */
type Kind =
  | 'address'
  | 'number'
  | 'string'
  | 'features'
  | 'feature bits'
  | 'mask pairs'
  | 'relocation'
  | 'opaque';

interface NoteType {
  readonly name: string;
  readonly type: number;
  readonly kind: Kind;
}

/**
 * All note types of owner "Xen".
 * Source: Xen xen/include/public/elfnote.h (Linux include/xen/interface/elfnote.h). Those from 0x1000001 on
 * stand in crash dumps and dump-core files, not in kernels.
 */
export const xenNoteTypes = [
  { name: 'INFO', type: 0, kind: 'string' },
  { name: 'ENTRY', type: 1, kind: 'address' },
  { name: 'HYPERCALL_PAGE', type: 2, kind: 'address' },
  { name: 'VIRT_BASE', type: 3, kind: 'address' },
  { name: 'PADDR_OFFSET', type: 4, kind: 'address' },
  { name: 'XEN_VERSION', type: 5, kind: 'string' },
  { name: 'GUEST_OS', type: 6, kind: 'string' },
  { name: 'GUEST_VERSION', type: 7, kind: 'string' },
  { name: 'LOADER', type: 8, kind: 'string' },
  { name: 'PAE_MODE', type: 9, kind: 'string' },
  { name: 'FEATURES', type: 10, kind: 'features' },
  { name: 'BSD_SYMTAB', type: 11, kind: 'string' },
  { name: 'HV_START_LOW', type: 12, kind: 'address' },
  { name: 'L1_MFN_VALID', type: 13, kind: 'mask pairs' },
  { name: 'SUSPEND_CANCEL', type: 14, kind: 'number' },
  { name: 'INIT_P2M', type: 15, kind: 'address' },
  { name: 'MOD_START_PFN', type: 16, kind: 'number' },
  { name: 'SUPPORTED_FEATURES', type: 17, kind: 'feature bits' },
  { name: 'PHYS32_ENTRY', type: 18, kind: 'address' },
  { name: 'PHYS32_RELOC', type: 19, kind: 'relocation' },
  { name: 'CRASH_INFO', type: 0x1000001, kind: 'opaque' },
  { name: 'CRASH_REGS', type: 0x1000002, kind: 'opaque' },
  { name: 'DUMPCORE_NONE', type: 0x2000000, kind: 'opaque' },
  { name: 'DUMPCORE_HEADER', type: 0x2000001, kind: 'opaque' },
  { name: 'DUMPCORE_XEN_VERSION', type: 0x2000002, kind: 'opaque' },
  { name: 'DUMPCORE_FORMAT_VERSION', type: 0x2000003, kind: 'opaque' },
] as const satisfies readonly NoteType[];

export type XenNoteName = (typeof xenNoteTypes)[number]['name'];

/** A mask and the value that the masked bits of a non-present L1 entry must have to carry a valid MFN. */
export interface MaskPair {
  readonly mask: string;
  readonly value: string;
}

/** Where a PVH kernel may be moved: physical addresses in hexadecimal; `max` is that of the last byte. */
export interface Relocation {
  readonly align?: string;
  readonly min?: string;
  readonly max?: string;
}

/** Addresses as hexadecimal strings, counts as numbers, so that JSON holds every value. */
export type XenNoteValue = string | number | XenFeatureSet | readonly MaskPair[] | Relocation;

/** One note of owner "Xen". */
export interface XenNote {
  /** Name without "XEN_ELFNOTE_", or "type <n>" for one elfnote.h does not have. */
  readonly name: XenNoteName | `type ${string}`;
  readonly type: number;
  readonly value: XenNoteValue;
  /** The value in words. */
  readonly text: string;
  /** File offsets of the note's header and of its descriptor. */
  readonly offset: number;
  readonly descOffset: number;
  /** Length of the descriptor in bytes, as far as the file has it. */
  readonly size: number;
}

/**
 * The Xen notes of an ELF file, in file order. A type that occurs twice is listed twice; Xen uses the last.
 * Descriptors of an unexpected size are given as their bytes; this never throws.
 */
export function decodeXenNotes(elf: Elf): XenNote[] {
  return elf.notes
    .filter((note) => note.owner === 'Xen')
    .map((note) => decodeXenNote(note, elf.littleEndian));
}

/** One note, whose owner is known to be "Xen". */
export function decodeXenNote(note: ElfNote, littleEndian = true): XenNote {
  const known = xenNoteTypes.find(({ type }) => type === note.type);
  const desc = new Bytes(note.desc, 'note descriptor', littleEndian, note.descOffset);
  return {
    name: known?.name ?? `type ${hex(note.type)}`,
    type: note.type,
    ...decode(known?.kind ?? 'opaque', desc),
    offset: note.offset,
    descOffset: note.descOffset,
    size: note.desc.length,
  };
}

/** The last note of that name, which is the one Xen uses. */
export function xenNote(notes: readonly XenNote[], name: XenNoteName): XenNote | undefined {
  return notes.filter((note) => note.name === name).at(-1);
}

/** The value of an address or number note, or undefined when there is none. */
export function xenNumber(notes: readonly XenNote[], name: XenNoteName): bigint | undefined {
  const value = xenNote(notes, name)?.value;
  return typeof value === 'string' || typeof value === 'number' ? BigInt(value) : undefined;
}

/** The value of a string note, '' when there is none. */
export function xenString(notes: readonly XenNote[], name: XenNoteName): string {
  const value = xenNote(notes, name)?.value;
  return typeof value === 'string' ? value : '';
}

function decode(kind: Kind, desc: Bytes): { value: XenNoteValue; text: string } {
  switch (kind) {
    case 'address':
      return same(hex(integer(desc)));
    case 'number':
      return same(Number(integer(desc)));
    case 'string':
      return { value: desc.cString(0), text: JSON.stringify(desc.cString(0)) };
    case 'features': {
      const text = desc.cString(0);
      return { value: parseFeatures(text), text: JSON.stringify(text) };
    }
    case 'feature bits': {
      const map = Number(integer(desc) & 0xffffffffn);
      const supported = featureNames(map);
      return {
        value: { supported, required: [], unknown: [] },
        text: `${hex(map)}${supported.length > 0 ? ` (${supported.join(', ')})` : ''}`,
      };
    }
    case 'mask pairs': {
      const pairs = maskPairs(desc);
      return { value: pairs, text: pairs.map(({ mask, value }) => `mask ${mask} value ${value}`).join(', ') };
    }
    case 'relocation': {
      const relocation = relocationOf(desc);
      const words = Object.entries(relocation).map(([name, value]) => `${name} ${value}`);
      return { value: relocation, text: words.join(', ') || 'no constraints' };
    }
    case 'opaque':
      return same(bytesOf(desc));
  }
}

function same(value: string | number): { value: string | number; text: string } {
  return { value, text: String(value) };
}

/** elf_note_numeric: 1, 2, 4 or 8 bytes; any other size reads as 0. */
function integer(desc: Bytes): bigint {
  if (desc.length === 8) return desc.u64(0);
  if (desc.length === 4) return BigInt(desc.u32(0));
  if (desc.length === 2) return BigInt(desc.u16(0));
  return desc.length === 1 ? BigInt(desc.u8(0)) : 0n;
}

/** maddr_t is 8 bytes on x86-64 and PAE, 4 on older 32-bit guests, whose note then has 8 bytes in all. */
function maskPairs(desc: Bytes): MaskPair[] {
  const pairs: MaskPair[] = [];
  const word = desc.length % 16 === 0 ? 8 : 4;
  for (let at = 0; at + 2 * word <= desc.length; at += 2 * word) {
    const read = (offset: number): bigint => (word === 8 ? desc.u64(offset) : BigInt(desc.u32(offset)));
    pairs.push({ mask: hex(read(at)), value: hex(read(at + word)) });
  }
  return pairs;
}

/** Up to three 32-bit words; libelf reads each only when the size is a multiple of 4. */
function relocationOf(desc: Bytes): Relocation {
  const word = (index: number): string | undefined =>
    desc.length % 4 === 0 && desc.has(index * 4, 4) ? hex(desc.u32(index * 4)) : undefined;
  const entries = [['align', word(0)] as const, ['min', word(1)] as const, ['max', word(2)] as const];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function bytesOf(desc: Bytes): string {
  return Array.from(desc.data, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
