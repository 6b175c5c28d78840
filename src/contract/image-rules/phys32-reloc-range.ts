import { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { physicalSpan } from './segments.js';
import { xenNotes, xenNoteType } from './xen-notes.js';

/** Xen public/elfnote.h: XEN_ELFNOTE_PHYS32_RELOC: alignment, lowest and highest address, 4 bytes each. */
export const phys32RelocRange: ImageRule = {
  id: 'phys32-reloc-range',
  order: 4,
  severity: 'error',
  entries: ['pvh'],
  title: 'The relocation range of the PVH kernel is nonsensical',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      for (const note of elf ? xenNotes(elf, xenNoteType.PHYS32_RELOC) : []) {
        const bytes = new Bytes(note.desc, 'note', elf!.littleEndian);
        const [align, low, high] = [0, 4, 8].map((at) => (bytes.has(at, 4) ? bytes.u32(at) : undefined));
        const span = physicalSpan(elf!);
        const size = span ? span.high - span.low : 0n;
        const problems: string[] = [];
        if (align !== undefined && (align === 0 || (align & (align - 1)) !== 0)) {
          problems.push(`the alignment ${hex(align)} is not a power of two`);
        }
        if (low !== undefined && high !== undefined) {
          if (low > high) problems.push(`the lowest address ${hex(low)} exceeds the highest ${hex(high)}`);
          else if (BigInt(high - low) + 1n < size) {
            problems.push(
              `the kernel needs ${hex(size)} bytes, the range ${hex(low)} … ${hex(high)} has fewer`,
            );
          }
        }
        if (note.desc.length % 4 !== 0 || note.desc.length > 12) {
          problems.push(`it has ${note.desc.length} bytes instead of up to three words`);
        }
        if (problems.length === 0) continue;
        yield {
          message: `In the PHYS32_RELOC note ${problems.join(', and ')}: where the kernel's own address is taken, Xen 4.20 finds no place for a PVH dom0 ("Failed find a load address for the kernel") or puts it where it cannot run.`,
          offset: note.descOffset,
          layer: name,
        };
      }
    }
  },
};
