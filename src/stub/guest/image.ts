import type { StubId } from '../entries/entry-stub.js';
import { bzImage } from '../image/bzimage.js';
import { elfImage } from '../image/elf-image.js';
import { entryNotes } from '../image/entry-notes.js';
import { goalNote } from '../image/goal-note.js';
import type { Note } from '../image/notes.js';
import type { Universal } from '../universal.js';
import { conformanceGuest } from './guest.js';
import { conformanceMarker } from './runner.js';

/** Containers of the guest: a bzImage holds the ELF file as its payload, and so has every entry. */
export type GuestFormat = 'bzimage' | 'elf';

/** What a loader of ELF files knows nothing of. */
const bzImageOnly: readonly StubId[] = ['linux16', 'linux32', 'linux64', 'efi'];

export interface GuestImage {
  readonly file: Uint8Array;
  readonly universal: Universal;
}

/** The conformance guest as a file. Throws where a format cannot offer an entry that is asked for. */
export function guestImage(format: GuestFormat = 'bzimage', entries?: readonly StubId[]): GuestImage {
  if (format === 'bzimage') {
    const guest = conformanceGuest(entries && ([...new Set([...entries, 'linux32'])] as StubId[]));
    return { file: bzImage(guest, elfOf(guest)), universal: guest };
  }
  const guest = conformanceGuest(entries);
  const others = entries?.filter((id) => bzImageOnly.includes(id)) ?? [];
  if (others.length > 0)
    throw new RangeError(`an ELF file cannot offer ${others.join(', ')}: that takes a bzImage`);
  return { file: elfOf(guest), universal: guest };
}

/** A universal program as ELF file, with the notes of its entries and others: the conformance guest's goal unless told. */
export function elfOf(
  guest: Universal,
  notes: readonly Note[] = [goalNote('conformance', conformanceMarker)],
): Uint8Array {
  const { program, content, memorySize, entries } = guest;
  return elfImage({
    address: program.base,
    content,
    segments: [{ offset: 0, size: content.length, memorySize }],
    notes: [...entryNotes(guest), ...notes],
    entry: program.address(`entry_${entries.find((id) => !bzImageOnly.includes(id)) ?? entries[0]}`),
  });
}
