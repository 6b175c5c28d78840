import { elfNoteHeader, sectionType, segmentType } from '../../abi/elf.js';
import { Bytes } from '../../core/bytes.js';
import type { Elf } from '../container/elf.js';
import type { ElfNote } from '../container/elf-notes.js';

/** ELF_MAX_TOTAL_NOTE_COUNT: of all owners, in all segments or sections together. */
const MAX_NOTES = 65536;

/**
 * The notes of owner "Xen" as Xen's libelf sees them, which differs from the gABI's view: everything is padded
 * to 4 bytes whatever the alignment says, a descriptor may run past the end of its segment, segments at file
 * offset 0 do not count, and SHT_NOTE sections are read when no segment has a Xen note.
 * Source: Xen xen/common/libelf/libelf-dominfo.c, elf_xen_parse and elf_xen_parse_notes; libelf-tools.c,
 * elf_note_next. `file` is the whole ELF file; descriptors are cut to it.
 */
export function libelfXenNotes(elf: Elf, file: Bytes): ElfNote[] {
  const bytes = new Bytes(file.data, file.what, elf.littleEndian, file.base);
  const budget = { left: MAX_NOTES };
  const inSegments = elf.segments
    .filter(({ type, offset }) => type === segmentType.PT_NOTE && offset !== 0)
    .flatMap(({ offset, fileSize, index }) => walk(bytes, offset, offset + fileSize, index, budget));
  if (inSegments.length > 0) return inSegments;
  return elf.sections
    .filter(({ type, index }) => type === sectionType.SHT_NOTE && index !== 0)
    .flatMap(({ offset, size }) => walk(bytes, offset, offset + size, -1, budget));
}

function walk(
  bytes: Bytes,
  start: number,
  end: number,
  segment: number,
  budget: { left: number },
): ElfNote[] {
  const notes: ElfNote[] = [];
  let at = start;
  for (; at < end && bytes.has(at, elfNoteHeader.size) && budget.left > 0; budget.left--) {
    const { n_namesz, n_descsz, n_type } = elfNoteHeader.read(bytes, at);
    const nameOffset = at + elfNoteHeader.size;
    const descOffset = nameOffset + pad4(n_namesz);
    if (bytes.matches(nameOffset, 'Xen\0')) {
      const size = bytes.has(descOffset, 0) ? Math.min(n_descsz, bytes.length - descOffset) : 0;
      notes.push({
        offset: at,
        owner: 'Xen',
        nameBytes: bytes.slice(nameOffset, 4),
        type: n_type,
        desc: size > 0 ? bytes.slice(descOffset, size) : new Uint8Array(),
        descOffset,
        segment,
        padding: 4,
      });
    }
    at = descOffset + pad4(n_descsz);
  }
  return notes;
}

/** Sizes reach 2^32 here: no bit operations. */
function pad4(size: number): number {
  return Math.ceil(size / 4) * 4;
}
