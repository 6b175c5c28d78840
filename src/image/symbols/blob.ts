/** A stretch of a file, in bytes. */
export interface Blob {
  readonly offset: number;
  readonly length: number;
}
