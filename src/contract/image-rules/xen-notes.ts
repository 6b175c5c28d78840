import { Bytes } from '../../core/bytes.js';
import type { Elf, ElfNote } from '../../image/container/elf.js';

/** Types of notes with the owner "Xen" that rules look at (Xen public header elfnote.h). */
export const xenNoteType = {
  ENTRY: 1,
  VIRT_BASE: 3,
  PADDR_OFFSET: 4,
  FEATURES: 10,
  PHYS32_ENTRY: 18,
  PHYS32_RELOC: 19,
} as const;

/** A kernel has one note of each type; of a file with thousands a few tell enough. */
const MOST_OF_A_TYPE = 64;

/** The notes of the owner "Xen"; with a type, the first few of that type. */
export function xenNotes(elf: Elf, type?: number): ElfNote[] {
  const notes = elf.notes.filter(({ owner }) => owner === 'Xen');
  return type === undefined ? notes : notes.filter((note) => note.type === type).slice(0, MOST_OF_A_TYPE);
}

/** A descriptor as an unsigned integer: 8 bytes where there are 8, else 4; undefined when there are fewer. */
export function noteNumber(elf: Elf, note: ElfNote): bigint | undefined {
  const bytes = new Bytes(note.desc, 'note', elf.littleEndian);
  if (bytes.length >= 8) return bytes.u64(0);
  return bytes.length >= 4 ? BigInt(bytes.u32(0)) : undefined;
}

/** Every PHYS32_ENTRY note with the address it holds. */
export function pvhEntries(elf: Elf): { note: ElfNote; address: bigint }[] {
  return xenNotes(elf, xenNoteType.PHYS32_ENTRY).flatMap((note) => {
    const address = noteNumber(elf, note);
    return address === undefined ? [] : [{ note, address }];
  });
}
