import { ZEROPAGE_NOTE_OWNER, zeropageNote } from '../../abi/zeropage-notes.js';
import type { Note } from './notes.js';

/** Declares what a boot of the image is to reach, and the text on the console that shows it. */
export function goalNote(name: string, marker: string): Note {
  return {
    owner: ZEROPAGE_NOTE_OWNER,
    type: zeropageNote.goal,
    content: new TextEncoder().encode(`${name}\0${marker}\0`),
  };
}
