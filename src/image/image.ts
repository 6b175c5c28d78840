import type { Bytes } from '../core/bytes.js';
import type { Arm64Image } from './container/arm64-image.js';
import type { BzImage } from './container/bzimage.js';
import type { EfiZboot } from './container/efi-zboot.js';
import type { Elf } from './container/elf.js';
import type { Multiboot1Header } from './container/multiboot.js';
import type { Multiboot2Header } from './container/multiboot2.js';
import type { Pe } from './container/pe.js';
import type { Problem } from './container/problem.js';
import type { Uki } from './container/uki.js';

/** What a file is. One file is often several at once: a bzImage is also a PE, an ELF may carry a multiboot header. */
export interface Formats {
  readonly bzimage?: BzImage;
  readonly elf?: Elf;
  readonly pe?: Pe;
  readonly uki?: Uki;
  readonly zboot?: EfiZboot;
  readonly arm64?: Arm64Image;
  readonly multiboot?: Multiboot1Header;
  readonly multiboot2?: Multiboot2Header;
}

/** How an image wraps another one. 'compressed' is a whole file packed by something other than gzip. */
export type Wrapping = 'bzimage-payload' | 'gzip' | 'compressed' | 'efi-zboot' | 'uki' | 'zeropage';

/** The image inside an image: where its packed bytes stand and what they unpack to. */
export interface Inner {
  readonly how: Wrapping;
  /** Id of the codec, 'none' for bytes stored as they are, 'unknown' for ones no codec recognises. */
  readonly codec: string;
  /** Byte offset and length of the packed bytes in the outer file. */
  readonly offset: number;
  readonly length: number;
  /** Unpacked size in bytes as the outer file states it, where its format does. Not to be trusted. */
  readonly statedSize?: number;
  /** The unpacked image; absent when unpacking was not asked for or failed. */
  readonly image?: Image;
  /** Why there is no `image`, or what is wrong with it, in a sentence. */
  readonly problem?: string;
}

/** A kernel file and all that was parsed from it. */
export interface Image {
  readonly name: string;
  readonly bytes: Bytes;
  readonly formats: Formats;
  readonly inner?: Inner;
  /** Formats whose mark is there, but whose headers could not be read. What is wrong within one stands in it. */
  readonly problems: readonly Problem[];
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
