/** A Multiboot 0.6.96 header (magic 0x1BADB002 within the first 8192 bytes, 4-aligned, checksum right). */
export interface Multiboot1Header {
  readonly offset: number;
  readonly flags: number;
  /** The a.out kludge's address fields (flags bit 16). */
  readonly load?: {
    readonly headerAddr: number;
    readonly loadAddr: number;
    readonly loadEndAddr: number;
    readonly bssEndAddr: number;
    readonly entryAddr: number;
  };
  /** Video fields (flags bit 2). */
  readonly video?: {
    readonly mode: number;
    readonly width: number;
    readonly height: number;
    readonly depth: number;
  };
}
