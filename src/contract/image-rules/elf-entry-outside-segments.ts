import { hex } from '../../core/errors.js';
import type { Elf } from '../../image/container/elf.js';
import type { ImageRule } from '../rule.js';
import { ENTRY_OFFSET } from './elf-fields.js';
import { namedLayers } from './layers.js';
import { best, loadSegments, type Place, place } from './segments.js';
import { noteNumber, xenNotes, xenNoteType } from './xen-notes.js';

const ET_EXEC = 2;
const ET_DYN = 3;

/** Where e_entry lies. It is virtual by the gABI, but x86-64 Linux and many others store the physical address. */
export function elfEntryPlace(elf: Elf): Place | undefined {
  const executable = elf.type === ET_EXEC || elf.type === ET_DYN;
  if (!executable || elf.entry === 0n || loadSegments(elf).length === 0) return undefined;
  return best(place(elf, elf.entry, 'paddr'), place(elf, elf.entry, 'vaddr'));
}

/** Where a Xen ENTRY note points: virtual, which Xen maps to physical by VIRT_BASE and PADDR_OFFSET. */
export function xenEntryPlace(elf: Elf, entry: bigint): Place {
  const number = (type: number): bigint => {
    const note = xenNotes(elf, type).at(-1);
    return (note && noteNumber(elf, note)) ?? 0n;
  };
  const physical = entry - number(xenNoteType.VIRT_BASE) + number(xenNoteType.PADDR_OFFSET);
  return best(place(elf, entry, 'vaddr'), place(elf, physical, 'paddr'));
}

/** gABI, "ELF Header": e_entry; Xen public/elfnote.h: XEN_ELFNOTE_ENTRY. */
export const elfEntryOutsideSegments: ImageRule = {
  id: 'elf-entry-outside-segments',
  order: 3,
  severity: 'error',
  title: 'An entry point of the ELF file lies in no segment',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      if (!elf) continue;
      if (elfEntryPlace(elf) === 'outside') {
        yield {
          message: `e_entry ${hex(elf.entry)} lies in no PT_LOAD segment: whoever enters the file as an ELF (multiboot loaders, Firecracker's and Cloud Hypervisor's 64-bit boot) jumps to memory that holds nothing.`,
          offset: ENTRY_OFFSET,
          layer: name,
        };
      }
      for (const note of xenNotes(elf, xenNoteType.ENTRY)) {
        const entry = noteNumber(elf, note);
        if (entry === undefined || xenEntryPlace(elf, entry) !== 'outside') continue;
        yield {
          message: `The Xen ENTRY note gives ${hex(entry)}, which lies in no PT_LOAD segment: Xen refuses to build the PV domain or starts it in unmapped memory.`,
          offset: note.descOffset,
          layer: name,
        };
      }
    }
  },
};
