import type { Bytes } from '../../core/bytes.js';
import type { Elf, ElfSegment } from '../../image/container/elf.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { PT_NOTE } from './segments.js';
import { xenNotes, xenNoteType } from './xen-notes.js';

const HEADER = 12;
/** More notes than any kernel has; a hostile file has millions. */
const MOST_NOTES = 0x10000;
/** Larger than any note. */
const MOST_ALIGN = 0x1000n;
/** Kernels have one or two. */
const MOST_SEGMENTS = 16;

/**
 * Offsets of the descriptors of Xen notes in a segment for a reader that pads the name and the descriptor,
 * each by itself, to `align` bytes: Xen's libelf and GRUB 2 with 4, QEMU and linux-loader with p_align.
 */
function descriptors(bytes: Bytes, elf: Elf, segment: ElfSegment, align: number): number[] {
  const found: number[] = [];
  const end = Math.min(segment.offset + segment.fileSize, bytes.length);
  const up = (size: number): number => Math.ceil(size / align) * align;
  const u32 = (at: number): number => bytes.view.getUint32(at, elf.littleEndian);
  let at = segment.offset;
  for (let seen = 0; at + HEADER <= end && seen < MOST_NOTES; seen++) {
    const nameSize = u32(at);
    const descriptor = at + HEADER + up(nameSize);
    if (nameSize >= 3 && bytes.matches(at + HEADER, 'Xen')) found.push(descriptor);
    at = descriptor + up(u32(at + 4));
  }
  return found;
}

/** gABI, "Note Section": padded to 4 bytes, or to 8 with the whole of header and name; p_align tells which. */
export const noteAlignment: ImageRule = {
  id: 'note-alignment',
  order: 4,
  severity: 'warning',
  title: 'Loaders disagree on where the Xen notes stand',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      const xen = elf ? xenNotes(elf) : [];
      const segments = elf?.segments.filter(({ type, align }) => type === PT_NOTE && align !== 4n) ?? [];
      for (const segment of segments.slice(0, MOST_SEGMENTS)) {
        const notes = xen.filter((note) => note.segment === segment.index);
        // QEMU and linux-loader look for the PVH entry only.
        const pvh = notes.filter(({ type }) => type === xenNoteType.PHYS32_ENTRY);
        const { align } = segment;
        const powerOfTwo = align > 0n && (align & (align - 1n)) === 0n;
        const byFour = new Set(descriptors(layer.bytes, elf!, segment, 4));
        const byAlign = new Set(
          powerOfTwo && align <= MOST_ALIGN ? descriptors(layer.bytes, elf!, segment, Number(align)) : [],
        );
        const missed: string[] = [];
        if (notes.some(({ descOffset }) => !byFour.has(descOffset))) {
          missed.push('Xen and GRUB 2, which pad to 4 bytes, find no Xen notes or wrong ones');
        }
        if (pvh.some(({ descOffset }) => !byAlign.has(descOffset))) {
          missed.push(
            'QEMU and linux-loader (Firecracker, Cloud Hypervisor), which pad each field to p_align, find no PVH entry or a wrong one',
          );
        }
        if (missed.length === 0) continue;
        yield {
          message: `PT_NOTE segment ${segment.index} has p_align ${align} and notes padded to ${notes[0]!.padding}: ${missed.join('; ')}.`,
          offset: segment.headerOffset,
          layer: name,
        };
      }
    }
  },
};
