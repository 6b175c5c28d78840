import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layers } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import type { CorpusFile } from '../../tools/corpus/locate.js';

/** A kernel and what is inside it, as files for the tools that cannot unpack it themselves. */
export interface Subject {
  /** The bzImage. */
  readonly path: string;
  /** Its payload as a stream of its codec. */
  readonly payload: string;
  readonly codec: string;
  /** The unpacked kernel, an ELF file. */
  readonly vmlinux: string;
  readonly elf: Uint8Array;
}

/** Unpacks a corpus kernel into `folder`. */
export async function subjectOf(kernel: CorpusFile, folder: string): Promise<Subject> {
  const data = readFileSync(kernel.path);
  const image = await openImage(data, { name: kernel.path });
  const { inner } = image;
  if (!inner?.image)
    throw new Error(`${kernel.path} has no payload that could be unpacked: ${inner?.problem}`);
  const elf = layers(image).at(-1)!.bytes.data;
  const payload = join(folder, `payload.${inner.codec}`);
  // The kernel build appends the unpacked size, which is not part of the stream.
  writeFileSync(payload, data.subarray(inner.offset, inner.offset + inner.length - 4));
  const vmlinux = join(folder, 'vmlinux');
  writeFileSync(vmlinux, elf);
  return { path: kernel.path, payload, codec: inner.codec, vmlinux, elf };
}
