/** A Multiboot2 header (magic 0xE85250D6 within the first 32768 bytes, 8-aligned, checksum right). */
export interface Multiboot2Header {
  readonly offset: number;
  /** 0 = 32-bit protected mode i386, 4 = 32-bit MIPS. */
  readonly architecture: number;
  readonly length: number;
  readonly tags: readonly Multiboot2Tag[];
}

export interface Multiboot2Tag {
  readonly type: number;
  readonly typeName: string;
  readonly optional: boolean;
  readonly offset: number;
  readonly data: Uint8Array;
}
