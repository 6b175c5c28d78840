import type { StubId } from '../entries/entry-stub.js';
import type { Universal } from '../universal.js';
import { type Note, wordNote } from './notes.js';

const PHYS32_ENTRY = 18;

/** The ELF notes by which a universal image declares its entries. */
export function entryNotes({ program, entries }: Universal): readonly Note[] {
  const notes: Note[] = [];
  const has = (id: StubId): boolean => entries.includes(id);
  if (has('pvh')) {
    const content = wordNote(program.address('entry_pvh'), 4);
    notes.push({ owner: 'Xen', type: PHYS32_ENTRY, content });
  }
  return notes;
}
