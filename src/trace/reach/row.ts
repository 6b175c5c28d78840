/** What nothing in the image leads to from the function with which a boot entered the kernel: rows of functions. */
export interface RecordedReach {
  readonly entry: number;
  readonly unreachable: readonly number[];
}
