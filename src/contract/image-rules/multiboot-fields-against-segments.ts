import { hex } from '../../core/errors.js';
import { addressFields } from '../../entry/multiboot2-tags.js';
import type { Image } from '../../image/image.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { loadSegments } from './segments.js';

interface Flat {
  readonly title: string;
  /** What is loaded of the file, half open, and where its first byte goes. */
  readonly from: number;
  readonly to: number;
  readonly address: number;
}

function flats({ formats: { multiboot, multiboot2 }, bytes }: Image): Flat[] {
  const second = multiboot2 && addressFields(multiboot2);
  return [
    { title: 'Multiboot', header: multiboot?.offset ?? 0, fields: multiboot?.load },
    { title: 'Multiboot2', header: multiboot2?.offset ?? 0, fields: second },
  ].flatMap(({ title, header, fields }) => {
    if (!fields) return [];
    const { headerAddr, loadAddr, loadEndAddr } = fields;
    const from = header - (headerAddr - loadAddr);
    const to = loadEndAddr === 0 ? bytes.length : from + loadEndAddr - loadAddr;
    return from < 0 || to > bytes.length ? [] : [{ title, from, to, address: loadAddr }];
  });
}

/** Multiboot Specification 0.6.96, 3.1.2, and Multiboot2 2.0, 3.1.5: the address fields count, also in ELF files. */
export const multibootFieldsAgainstSegments: ImageRule = {
  id: 'multiboot-fields-against-segments',
  order: 6,
  severity: 'warning',
  title: 'The address fields of a multiboot header load a segment elsewhere than its program header says',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      if (!elf) continue;
      for (const { title, from, to, address } of flats(layer)) {
        for (const segment of loadSegments(elf)) {
          const { index, offset, fileSize, paddr, headerOffset } = segment;
          if (fileSize === 0) continue;
          const at = BigInt(address + offset - from);
          const whole = offset >= from && offset + fileSize <= to;
          if (whole && at === paddr) continue;
          const where = whole ? `puts them at ${hex(at)}` : 'does not load all of them';
          yield {
            message: `The ${title} header loads the file as one piece, from ${hex(from)} to ${hex(address)}. The program header of segment ${index} wants its bytes at ${hex(paddr)}, the piece ${where}: QEMU and GRUB 2 go by the header, so that the kernel finds other bytes there.`,
            offset: headerOffset,
            layer: name,
          };
        }
      }
    }
  },
};
