import type { RecordedPlace } from '../learned/row.js';

/**
 * What an operation is: `native` as the image has it, `replaced` by another function, one that does nothing, nothing, or, where it
 * is none, a number.
 */
const opKinds = ['native', 'replaced', 'no-op', 'null', 'value'] as const;
export type OpKind = (typeof opKinds)[number];

/** What now stands where the image has a call of an operation. */
export interface OpSites {
  /** AT&T syntax, instructions separated by `; `; no-ops that fill up are left out. */
  readonly code: string;
  readonly count: number;
}

export interface RecordedOp {
  /** Dotted: `mmu.set_pte`. */
  readonly member: string;
  readonly kind: OpKind;
  /** Symbol, number, or name of an enumeration; null for none. */
  readonly target: string | null;
  /** What the image has there. */
  readonly initial: string | null;
  /** Who wrote it last since the kernel began to run, and that one's callers; null: nobody did, or it was not seen. */
  readonly by:
    | (RecordedPlace & { readonly callers: readonly RecordedPlace[]; readonly instruction: number })
    | null;
  /** Places in the image's code that call it; of `pv_ops` alone, from `start_kernel` on. */
  readonly sites: readonly OpSites[];
}

export interface RecordedTable {
  readonly table: string;
  /** It lay in init memory, which is free now: there are no members. */
  readonly freed: boolean;
  readonly ops: readonly RecordedOp[];
}

/** Mapped memory, by what the page tables say. */
export interface RecordedPaging {
  /** 0 without paging. */
  readonly levels: number;
  /** Physical address of the root. */
  readonly root: string;
  /** Page tables at each level, the root's first. */
  readonly tables: readonly number[];
  /** Mappings by the size of their page in bytes. */
  readonly pages: Readonly<Record<string, number>>;
  /** Bytes that are mapped, that may be written and executed, and that programs may access. */
  readonly mapped: number;
  readonly writableExecutable: number;
  readonly user: number;
}

/** A processor and a kernel's tables at a waypoint. */
export interface RecordedState {
  readonly waypoint: string;
  /** Retired before it. */
  readonly instruction: number;
  /** By name, 0x-hex: control registers, EFER, RFLAGS without its arithmetic flags, descriptor tables. */
  readonly registers: Readonly<Record<string, string>>;
  /** What the kernel believes of its processor, by member of its variables, 0x-hex: `cpu_tlbstate.cr4`. */
  readonly kept: Readonly<Record<string, string>>;
  readonly paging: RecordedPaging;
  readonly tables: readonly RecordedTable[];
}
