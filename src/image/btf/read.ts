import { Bytes } from '../../core/bytes.js';
import type { Image } from '../image.js';
import { Btf } from './btf.js';
import { findHeaders } from './format.js';

/**
 * The types of an image: its `.BTF` section, or, where there are no section headers (an arm64 Image, a stripped
 * ELF file), the largest BTF found by its magic number. Undefined where it has none.
 * Throws ImageError when the section is there and its header is damaged; where only some types are, see `Btf.problem`.
 */
export function readBtf(layer: Image): Btf | undefined {
  const { bytes } = layer;
  const section = layer.formats.elf?.sections.find(({ name }) => name === '.BTF');
  if (section) {
    const { offset, size } = section;
    return new Btf(new Bytes(bytes.slice(offset, size), '.BTF', bytes.littleEndian, bytes.base + offset));
  }
  // Named sections without .BTF settle it; a packed image keeps its types inside.
  if (layer.formats.elf?.sections.some(({ name }) => name !== '') || layer.inner) return undefined;
  const [largest] = findHeaders(bytes).sort((a, b) => b.header.length - a.header.length);
  return largest && new Btf(bytes, largest.offset, largest.header);
}
