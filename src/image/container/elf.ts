/** An ELF file (System V ABI, generic and x86 supplements), as a loader sees it. */
export interface Elf {
  readonly class: 32 | 64;
  readonly littleEndian: boolean;
  /** e_machine: 3 = 386, 62 = x86-64, 183 = AArch64. */
  readonly machine: number;
  readonly type: number;
  readonly entry: bigint;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  /** All notes of all PT_NOTE segments, or of SHT_NOTE sections where there is no PT_NOTE. */
  readonly notes: readonly ElfNote[];
}

export interface ElfSegment {
  readonly index: number;
  readonly type: number;
  /** Name of the type: PT_LOAD, PT_NOTE, … */
  readonly typeName: string;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: bigint;
  readonly paddr: bigint;
  readonly fileSize: number;
  readonly memSize: bigint;
  readonly align: bigint;
}

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly addr: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly addralign: bigint;
  readonly entsize: bigint;
}

export interface ElfNote {
  /** File offset of the note's header. */
  readonly offset: number;
  /** Owner as a string without its NUL, e.g. "Xen". */
  readonly owner: string;
  /** Raw name bytes, terminator included if there is one. */
  readonly nameBytes: Uint8Array;
  readonly type: number;
  readonly desc: Uint8Array;
  /** File offset of the descriptor. */
  readonly descOffset: number;
  /** Index of the PT_NOTE segment it was found in, or -1 for a section. */
  readonly segment: number;
}
