import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { elfEntryPlace, xenEntryPlace } from './elf-entry-outside-segments.js';
import { ENTRY_OFFSET } from './elf-fields.js';
import { namedLayers } from './layers.js';
import { place } from './segments.js';
import { noteNumber, pvhEntries, xenNotes, xenNoteType } from './xen-notes.js';

/** gABI, "Program Header": the bytes between p_filesz and p_memsz hold 0. */
export const entryInBss: ImageRule = {
  id: 'entry-in-bss',
  order: 3,
  severity: 'error',
  title: 'An entry point lies in memory the file has no bytes for',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      if (!elf) continue;
      const report = (what: string, address: bigint, offset: number) => ({
        message: `${what} ${hex(address)} lies behind p_filesz, in zeroed memory: every loader jumps to zero bytes there, which execute as "add [rax], al" until the first fault.`,
        offset,
        layer: name,
      });
      if (elfEntryPlace(elf) === 'bss') yield report('e_entry', elf.entry, ENTRY_OFFSET);
      for (const { note, address } of pvhEntries(elf)) {
        if (place(elf, address, 'paddr') === 'bss') {
          yield report('The PVH entry', address, note.descOffset);
        }
      }
      for (const note of xenNotes(elf, xenNoteType.ENTRY)) {
        const entry = noteNumber(elf, note);
        if (entry !== undefined && xenEntryPlace(elf, entry) === 'bss') {
          yield report('The Xen PV entry', entry, note.descOffset);
        }
      }
    }
  },
};
