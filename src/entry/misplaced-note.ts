import { hex } from '../core/errors.js';
import type { Elf } from '../image/container/elf.js';
import type { Image } from '../image/image.js';
import { type MisplacedNote, misplacedXenNotes } from '../image/xen/misplaced-notes.js';
import type { XenNoteName } from '../image/xen/notes.js';

/** The note of that name that stands where no loader at all looks. */
export function lostNote(layer: Image, elf: Elf, name: XenNoteName): MisplacedNote | undefined {
  return ofName(layer, elf, name).find(({ seenByXen }) => !seenByXen);
}

/** The note of that name that Xen finds by the section headers, and others do not. */
export function sectionNote(layer: Image, elf: Elf, name: XenNoteName): MisplacedNote | undefined {
  return ofName(layer, elf, name).find(({ seenByXen }) => seenByXen);
}

/** A sentence about it for the reason why an entry is not offered. */
export function lostText({ name, text, offset, where }: MisplacedNote): string {
  return `A note ${name} (${text}) is in the file, but no loader finds it: it stands at ${hex(offset)} ${where}.`;
}

function ofName({ bytes, inner }: Image, elf: Elf, name: XenNoteName): MisplacedNote[] {
  return misplacedXenNotes(elf, bytes, inner).filter((note) => note.name === name);
}
