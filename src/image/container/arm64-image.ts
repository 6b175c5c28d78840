/** An arm64 `Image` (Documentation/arch/arm64/booting.rst): 64-byte header, magic "ARM\x64" at 56. */
export interface Arm64Image {
  /** Offset from a 2 MiB aligned base at which the image must be loaded. */
  readonly textOffset: bigint;
  /** Effective image size, bss included; 0 in kernels before 3.17. */
  readonly imageSize: bigint;
  readonly flags: bigint;
  readonly bigEndian: boolean;
  /** 0 unspecified, else 4096, 16384 or 65536. */
  readonly pageSize: number;
  /** True when the 2 MiB aligned base may be anywhere in physical memory. */
  readonly anywhere: boolean;
  /** File offset of the PE header, 0 when there is none. */
  readonly peOffset: number;
}
