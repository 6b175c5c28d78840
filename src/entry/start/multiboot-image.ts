import { hex, StartError } from '../../core/errors.js';
import type { Elf } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';
import type { AddressFields } from '../multiboot2-tags.js';
import type { Layout } from './layout.js';
import { extentOf, loadElf } from './load-elf.js';

/** What a Multiboot loader puts into memory: one piece, as far as moving it goes. */
export interface MultibootImage {
  /** Where it was linked to lie. */
  readonly start: number;
  /** Bytes from the first to the last. */
  readonly size: number;
  /** Loads it `moved` bytes from there. */
  load(layout: Layout, moved: number): void;
}

/** By ELF segments. */
export function imageOfElf(layer: Image, elf: Elf): MultibootImage {
  return { ...extentOf(elf), load: (layout, moved) => loadElf(layout, layer, elf, moved) };
}

/** By the addresses that a Multiboot header states; `headerOffset` is where it stands in the file. */
export function imageOfFields(layer: Image, headerOffset: number, fields: AddressFields): MultibootImage {
  const { headerAddr, loadAddr, loadEndAddr, bssEndAddr } = fields;
  const offset = headerOffset - (headerAddr - loadAddr);
  const stated = `load_addr ${hex(loadAddr)}, header_addr ${hex(headerAddr)}, load_end_addr ${hex(loadEndAddr)}`;
  if (offset < 0) {
    throw new StartError(`${stated}: that begins before the file, whose header is at ${hex(headerOffset)}`);
  }
  // 0: to the end of the file.
  const length = loadEndAddr === 0 ? layer.bytes.length - offset : loadEndAddr - loadAddr;
  if (length <= 0 || !layer.bytes.has(offset, length)) {
    throw new StartError(`${stated}: that is not in the file of ${layer.bytes.length} bytes`);
  }
  const size = Math.max(length, bssEndAddr - loadAddr);
  return {
    start: loadAddr,
    size,
    load: (layout, moved) => {
      const memory = layout.take('kernel', loadAddr + moved, size);
      memory.set(layer.bytes.slice(offset, length));
      memory.fill(0, length);
    },
  };
}
