import { GOAL_NOTE_OWNER, GOAL_NOTE_TYPE } from '../../abi/goal-note.js';
import type { Note } from './notes.js';

/** Declares what a boot of the image is to reach, and the text on the console that shows it (docs/goal-note.md). */
export function goalNote(name: string, marker: string): Note {
  return {
    owner: GOAL_NOTE_OWNER,
    type: GOAL_NOTE_TYPE,
    content: new TextEncoder().encode(`${name}\0${marker}\0`),
  };
}
