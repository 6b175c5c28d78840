import { ZEROPAGE_NOTE_OWNER, zeropageNote } from '../abi/zeropage-notes.js';
import { type Image, layers } from './image.js';

/** What a boot of an image is to reach, by its own word. */
export interface Goal {
  readonly name: string;
  /** Text on the console that shows it was reached. */
  readonly marker: string;
}

/** The goal that an image's note states; undefined where it has none. */
export function goalOf(image: Image): Goal | undefined {
  for (const { formats } of layers(image)) {
    const note = formats.elf?.notes.find(
      ({ owner, type }) => owner === ZEROPAGE_NOTE_OWNER && type === zeropageNote.goal,
    );
    const [name, marker] = new TextDecoder().decode(note?.desc).split('\0');
    if (name && marker) return { name, marker };
  }
  return undefined;
}
