import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { elfEnd } from './elf-fields.js';
import { namedLayers } from './layers.js';
import { PT_NOTE } from './segments.js';

const EM_386 = 3;
const EM_X86_64 = 62;

/** arch/x86/boot/compressed/misc.c, handle_relocations(): the table behind the ELF file in the payload. */
export const notesRelocated: ImageRule = {
  id: 'notes-relocated',
  order: 4,
  severity: 'warning',
  title: 'KASLR relocates words inside the notes',
  *check(image) {
    for (const { layer, name, outer } of namedLayers(image)) {
      const { elf } = layer.formats;
      if (!elf || outer?.inner?.how !== 'bzimage-payload') continue;
      if (elf.machine !== EM_386 && elf.machine !== EM_X86_64) continue;
      const ranges = elf.segments
        .filter(({ type }) => type === PT_NOTE)
        // The table holds the low halves of virtual addresses.
        .map(({ vaddr, fileSize, offset }) => ({ low: Number(BigInt.asUintN(32, vaddr)), fileSize, offset }));
      const hits = new Set<number>();
      const end = elfEnd(elf);
      for (let at = layer.bytes.length - 4; at >= end; at -= 4) {
        const address = layer.bytes.view.getUint32(at, true);
        for (const { low, fileSize, offset } of ranges) {
          if (address >= low && address < low + fileSize) hits.add(offset + address - low);
        }
      }
      if (hits.size === 0) continue;
      const offsets = [...hits].sort((a, b) => a - b);
      yield {
        message: `The relocation table changes ${hits.size} word${hits.size === 1 ? '' : 's'} inside .notes (the first at ${hex(offsets[0]!)}): loaders read them before, so entries work, but /sys/kernel/notes then tells every user where KASLR put the kernel; Linux 6.10 and its stable backports stopped it.`,
        offset: offsets[0]!,
        layer: name,
      };
    }
  },
};
