/** A PE/COFF image (Microsoft PE format; UEFI specification 2.x, "EFI images"). */
export interface Pe {
  /** File offset of the "PE\0\0" signature. */
  readonly offset: number;
  /** COFF machine: 0x8664 x86-64, 0x14c i386, 0xaa64 arm64. */
  readonly machine: number;
  readonly machineName: 'x86-64' | 'ia32' | 'arm64' | 'unknown';
  readonly magic: 'PE32' | 'PE32+';
  /** RVA of the entry point. */
  readonly entry: number;
  readonly imageBase: bigint;
  readonly sectionAlignment: number;
  readonly fileAlignment: number;
  readonly sizeOfImage: number;
  readonly sizeOfHeaders: number;
  /** 10 = EFI application. */
  readonly subsystem: number;
  readonly dllCharacteristics: number;
  readonly majorImageVersion: number;
  readonly minorImageVersion: number;
  readonly sections: readonly PeSection[];
  /** Authenticode signature present (certificate table, data directory 4, not empty). */
  readonly signed: boolean;
  /** The text of the .sbat section, if present. */
  readonly sbat?: string;
  /** Entry for ia32 firmware from the .compat section (LINUX_PE .compat, mixed mode): RVA. */
  readonly compatEntry?: { readonly machine: number; readonly entry: number };
}

export interface PeSection {
  readonly name: string;
  readonly virtualAddress: number;
  readonly virtualSize: number;
  readonly offset: number;
  readonly size: number;
  readonly characteristics: number;
}
