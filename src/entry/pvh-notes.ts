import type { Bytes } from '../core/bytes.js';
import type { Elf } from '../image/container/elf.js';
import { libelfXenNotes } from '../image/xen/libelf-notes.js';
import { decodeXenNote, decodeXenNotes, type Relocation, type XenNote, xenNote } from '../image/xen/notes.js';

/** Xen's own reading comes first; where it sees no Xen note, that of loaders that go by the alignment. */
export function pvhNotes(elf: Elf, bytes: Bytes): { notes: XenNote[]; seenByXen: boolean } {
  const seen = libelfXenNotes(elf, bytes).map((note) => decodeXenNote(note, elf.littleEndian));
  return seen.length > 0
    ? { notes: seen, seenByXen: true }
    : { notes: decodeXenNotes(elf), seenByXen: false };
}

/** Where a kernel may be loaded. */
export interface PvhRelocation {
  readonly align: number;
  /** Of the first byte, and of the last one. */
  readonly min: number;
  readonly max: number;
}

/** What PHYS32_RELOC says, with the defaults of elfnote.h; undefined without it. */
export function pvhRelocation(elf: Elf, notes: readonly XenNote[]): PvhRelocation | undefined {
  const note = xenNote(notes, 'PHYS32_RELOC');
  if (!note) return undefined;
  const loads = elf.segments.filter(({ typeName }) => typeName === 'PT_LOAD');
  const largest = Math.max(0, ...loads.map((segment) => Number(segment.align)));
  const { align, min, max } = note.value as Relocation;
  return {
    align: Number(align ?? (largest >= 0x1000 ? largest : 0x200000)),
    min: Number(min ?? 0),
    max: Number(max ?? 0xffffffff),
  };
}
