import { readFileSync } from 'node:fs';
import { kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { corpusFile } from '../corpus/locate.js';

/** The machine code of a kernel. */
export interface KernelText {
  readonly bytes: Uint8Array;
  readonly address: bigint;
  readonly bits: 32 | 64;
}

/** The .text section of a corpus kernel, or its first executable segment; undefined when it was not fetched. */
export async function kernelText(id: string): Promise<KernelText | undefined> {
  const file = corpusFile(id);
  if (!file) return undefined;
  const kernel = kernelElf(await openImage(readFileSync(file.path)));
  if (!kernel) return undefined;
  const { elf } = kernel.formats;
  const section = elf.sections.find(({ name }) => name === '.text');
  const segment = elf.segments.find(({ type, flags }) => type === 1 && flags & 1);
  const range = section
    ? { offset: section.offset, size: section.size, address: section.addr }
    : segment && { offset: segment.offset, size: segment.fileSize, address: segment.vaddr };
  if (!range) return undefined;
  const { data } = kernel.bytes;
  let end = range.offset + range.size;
  // The section is filled up to a whole large page.
  const fill = data[end - 1];
  while (end > range.offset && data[end - 1] === fill) end--;
  return { bytes: data.subarray(range.offset, end), address: range.address, bits: elf.class };
}
