/** A stretch of link-time addresses and the file bytes it is loaded from. */
export interface MappedRange {
  readonly start: bigint;
  /** First address behind it; bytes past `fileSize` are zero in memory and not in the file. */
  readonly end: bigint;
  /** File offset of `start`. */
  readonly offset: number;
  /** Bytes in the file. */
  readonly fileSize: number;
}
