import type { Assembler } from '../assembler/assembler.js';
import type { Segment } from '../image/elf-image.js';

/** What a wrapped image needs: where it must lie, and how it is entered. */
export interface Placement {
  /** Physical address of the first byte of `content`. */
  readonly address: number;
  /** The image as it is to lie in memory. */
  readonly content: Uint8Array;
  /** Bytes of memory from `address` on, at least those of `content`. */
  readonly memorySize: number;
  /** Where the image as a file begins in `content`, so that readers find it; undefined where it was taken apart. */
  readonly file?: { readonly offset: number; readonly length: number };
  /** What is loaded of `content`, where that is not simply all of it: offsets count from its first byte. */
  readonly segments?: readonly Segment[];
  /** The image's own entry point, where loaders can go on using it in the file that it becomes part of. */
  readonly entry?: bigint;
  /** Writes the label `payload`: 64-bit code with RDI = boot_information, which enters the image. */
  readonly enter: (a: Assembler) => void;
  /** What of it is wanted without content, zeroed. */
  readonly bss?: (a: Assembler) => void;
}
