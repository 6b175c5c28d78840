import type { Bytes } from '../core/bytes.js';
import type { Arm64Image } from './container/arm64-image.js';
import type { BzImage } from './container/bzimage.js';
import type { Elf } from './container/elf.js';
import type { Multiboot1Header } from './container/multiboot.js';
import type { Multiboot2Header } from './container/multiboot2.js';
import type { Pe } from './container/pe.js';

/** What a file is. One file is often several at once: a bzImage is also a PE, an ELF may carry a multiboot header. */
export interface Formats {
  readonly bzimage?: BzImage;
  readonly elf?: Elf;
  readonly pe?: Pe;
  readonly arm64?: Arm64Image;
  readonly multiboot?: Multiboot1Header;
  readonly multiboot2?: Multiboot2Header;
}

/** How an image wraps another one. */
export type Wrapping = 'bzimage-payload' | 'gzip' | 'efi-zboot' | 'uki';

/** The image inside an image: where its packed bytes stand and what they unpack to. */
export interface Inner {
  readonly how: Wrapping;
  /** Id of the codec, or 'none' for bytes stored as they are. */
  readonly codec: string;
  /** Byte offset and length of the packed bytes in the outer file. */
  readonly offset: number;
  readonly length: number;
  /** The unpacked image; absent when unpacking was not asked for or failed. */
  readonly image?: Image;
  /** Why there is no `image`, in a sentence. */
  readonly problem?: string;
}

/** A kernel file and all that was parsed from it. */
export interface Image {
  readonly name: string;
  readonly bytes: Bytes;
  readonly formats: Formats;
  readonly inner?: Inner;
}

/** The image and everything inside it, outermost first. */
export function layers(image: Image): Image[] {
  const all: Image[] = [];
  for (let at: Image | undefined = image; at; at = at.inner?.image) all.push(at);
  return all;
}

/** The innermost image that is an ELF file: the kernel proper, where symbols, notes and types live. */
export function kernelElf(image: Image): (Image & { formats: { elf: Elf } }) | undefined {
  const elves = layers(image).filter((layer) => layer.formats.elf);
  return elves.at(-1) as (Image & { formats: { elf: Elf } }) | undefined;
}
