import type { GPR } from '../../../abi/x86/registers.js';

/**
 * What an entry's ABI leaves to the loader: by topic the clause that does, as a finding quotes it. What is not named here is not
 * open.
 */
export interface Freedom {
  /** General registers; those of `stated` are not. */
  readonly registers?: string;
  readonly stated?: readonly (keyof typeof GPR)[];
  /** Bits of RFLAGS but for IF, TF and VM. */
  readonly flags?: string;
  /** Bits but for PE and PG, and those that the mode needs; never CD and NW. */
  readonly cr0?: string;
  readonly cr4?: string;
  readonly efer?: string;
  /** Which selectors the flat segments have. */
  readonly selectors?: string;
  /** What FS and GS hold. */
  readonly fsGs?: string;
  readonly gdtr?: string;
  readonly idtr?: string;
  /** What lies in memory that nobody was told of. */
  readonly memory?: string;
  /** Where the structures are that are handed over; the initrd; the kernel, if its image says that it can be moved. */
  readonly structures?: string;
  readonly initrd?: string;
  readonly loadAddress?: string;
  /** Whether the RSDP's address is handed over, and the loader's name. */
  readonly rsdp?: string;
  readonly loaderName?: string;
  /** Of the zero page. */
  readonly loaderType?: string;
  readonly setupData?: string;
  /** Which x86-64 processor it is. */
  readonly processor?: string;
}
