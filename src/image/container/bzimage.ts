/** A Linux/x86 boot protocol image (Documentation/arch/x86/boot.rst). */
export interface BzImage {
  /** Boot protocol version, e.g. 0x020f for 2.15. 0 when there is no "HdrS" magic (protocol before 2.00). */
  readonly version: number;
  /** Bytes of real-mode code, boot sector included: the file offset of the protected-mode kernel. */
  readonly setupSize: number;
  /** File offset one past the protected-mode kernel (setupSize + syssize × 16, cut to the file). */
  readonly end: number;
  /** Fields of struct setup_header that this version defines, by their name in the specification. */
  readonly header: Readonly<Record<string, number | bigint>>;
  /** Names of the loadflags bits that are set. */
  readonly loadflags: readonly string[];
  /** Names of the xloadflags bits that are set (protocol ≥ 2.12). */
  readonly xloadflags: readonly string[];
  /** The string kernel_version points to, e.g. "6.12.107-cloud-amd64 (…) #1 SMP …". */
  readonly kernelVersion?: string;
  /** File offset and length of the packed payload (protocol ≥ 2.08). */
  readonly payload?: { readonly offset: number; readonly length: number };
}
