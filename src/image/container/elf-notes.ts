import { elfNoteHeader } from '../../abi/elf.js';
import { type Bytes, latin1 } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import type { Problems } from './problem.js';

export interface ElfNote {
  /** File offset of the note's header. */
  readonly offset: number;
  /** Owner as a string without its NUL, e.g. "Xen"; at most 255 characters. */
  readonly owner: string;
  /** Raw name bytes, terminator included if there is one. */
  readonly nameBytes: Uint8Array;
  readonly type: number;
  readonly desc: Uint8Array;
  /** File offset of the descriptor. */
  readonly descOffset: number;
  /** Index of the PT_NOTE segment it was found in, or -1 for a section. */
  readonly segment: number;
  /** Bytes name and descriptor are padded to: 4, or 8 where the notes follow one another that way. */
  readonly padding: 4 | 8;
}

/** A run of notes: a PT_NOTE segment or an SHT_NOTE section. */
export interface NoteArea {
  /** Byte offset and size in the file. */
  readonly offset: number;
  readonly size: number;
  /** p_align or sh_addralign. */
  readonly align: bigint;
  /** Index of the segment, -1 for a section. */
  readonly segment: number;
}

/** Kernels have about twenty; a file of zeros would have millions of empty ones. */
const MAX_NOTES = 16_384;
const MAX_OWNER = 255;

/**
 * Appends the notes of one area to `notes`; false when no more are wanted.
 *
 * The gABI pads to 4 bytes in ELF32 and 8 in ELF64, yet nearly all 64-bit notes are padded to 4, and
 * linkers put 8-byte aligned property notes before them in one segment. So the alignment says how to
 * begin, and where that does not lead through the area, the other padding is tried.
 */
export function parseNoteArea(bytes: Bytes, area: NoteArea, notes: ElfNote[], problems: Problems): boolean {
  const { offset, align, segment } = area;
  const name = segment === -1 ? 'note section' : `PT_NOTE segment ${segment}`;
  let { size } = area;
  if (!bytes.has(offset, size)) {
    problems.add(offset, `${name}: ${size} bytes at offset ${hex(offset)} are not all in the file`);
    size = bytes.has(offset) ? bytes.length - offset : 0;
  }
  const wanted: 4 | 8 = align === 8n ? 8 : 4;
  let walked = walkNotes(bytes, { ...area, size }, wanted, MAX_NOTES - notes.length);
  if (wanted === 8 && !isSound(walked)) {
    const narrow = walkNotes(bytes, { ...area, size }, 4, MAX_NOTES - notes.length);
    if (isSound(narrow)) {
      problems.add(offset, `${name}: aligned to 8 bytes, but its notes are padded to 4`);
      walked = narrow;
    }
  }
  if (walked.problem) problems.add(walked.problem.offset, `${name}: ${walked.problem.message}`);
  for (const note of walked.notes) notes.push(note);
  return notes.length < MAX_NOTES;
}

interface Walk {
  readonly notes: ElfNote[];
  readonly problem?: { readonly offset: number; readonly message: string };
}

/** The wrong padding mostly leads out of the area, but sometimes only to notes with nonsense for names. */
function isSound({ notes, problem }: Walk): boolean {
  return !problem && notes.every(({ nameBytes }) => nameBytes.at(-1) === 0);
}

/** All notes of an area when names and descriptors are padded to `padding` bytes, up to the first that does not fit into the area. */
function walkNotes(bytes: Bytes, area: NoteArea, padding: 4 | 8, most = MAX_NOTES): Walk {
  const notes: ElfNote[] = [];
  const end = area.offset + area.size;
  let at = area.offset;
  let problem: { offset: number; message: string } | undefined;
  // Sizes reach 2^33 here: no bit operations.
  const padded = (value: number) => Math.ceil(value / padding) * padding;
  while (end - at >= elfNoteHeader.size) {
    if (notes.length >= most) {
      problem = { offset: at, message: `more than ${MAX_NOTES} notes, the rest is not read` };
      break;
    }
    const header = elfNoteHeader.read(bytes, at);
    const nameOffset = at + elfNoteHeader.size;
    const descOffset = at + padded(elfNoteHeader.size + header.n_namesz);
    if (descOffset + header.n_descsz > end) {
      const message = `the note at ${hex(at)} has a name of ${header.n_namesz} and a descriptor of ${header.n_descsz} bytes, but the notes end at ${hex(end)}`;
      problem = { offset: at, message };
      break;
    }
    const nameBytes = bytes.slice(nameOffset, header.n_namesz);
    const nul = nameBytes.subarray(0, MAX_OWNER).indexOf(0);
    notes.push({
      offset: at,
      owner: latin1(nameBytes.subarray(0, nul === -1 ? MAX_OWNER : nul)),
      nameBytes,
      type: header.n_type,
      desc: bytes.slice(descOffset, header.n_descsz),
      descOffset,
      segment: area.segment,
      padding,
    });
    at = descOffset + padded(header.n_descsz);
  }
  return { notes, problem };
}
