import { i32 } from '../wasm/code.js';

/**
 * What the engine keeps in the machine's one linear memory, and where, in bytes. Generated code and TypeScript both use
 * these places; an instruction set's own state stands between them (`stateBase`).
 */

/** What all state is relative to, in generated code: places below are added to it. The one place that knows. */
export const here = i32.const(0);

/** Where a processor's state begins. Address 0 is never a record, so 0 can mean "leave the generated code". */
export const stateBase = 0x100;

/** The engine's own words among a processor's state. */
export const words = {
  /** i64: linear address of the instruction to go on with, whenever generated code has been left. */
  pc: stateBase + 0x88,
  /** i32: links between blocks of the current privilege are valid only while their epoch is this one. */
  epoch: stateBase + 0xa0,
  /** i32: instructions left before generated code must return. */
  remaining: stateBase + 0xa4,
  /** i32: base of the software TLB in use. */
  tlb: stateBase + 0xa8,
  /** i32: nonzero when the run loop must look (interrupt pending, mode change). */
  attention: stateBase + 0xac,
  /** i64: mixed into the key of the pc cache; changes with epoch and privilege level. */
  cacheKey: stateBase + 0xb0,
  /** i64: where translated code jumps to. */
  jumpTarget: stateBase + 0x698,
  /**
   * i64, where transfers are traced: by which instruction control is about to go somewhere: low half of the address that a
   * call returns to (0: no call), and above it of the instruction itself. 0: not known.
   */
  note: stateBase + 0x6b0,
  /** i32: the link that was about to be followed when the run loop had to look; 0: none. */
  via: stateBase + 0x6bc,
  /** i32: place of the next transfer in the ring. */
  ring: stateBase + 0x6b8,
} as const;

/** Values of `words.attention` besides 0. */
export const attention = {
  /** What a mode depends on may have changed in generated code. */
  mode: 1,
  /** The run loop is to look at interrupts and stop requests. */
  look: 2,
} as const;

/** Where operands that are not plain RAM are staged: MMIO, accesses that cross pages. 64 bytes. */
export const scratch = { start: 0x800, end: 0x900 } as const;

/** Direct-mapped cache from linear pc to block: {key i64, block i32, pad}. */
export const pcCache = { start: 0x10000, entries: 16384, entrySize: 16 } as const;

/**
 * Software TLBs: {read tag i64, write tag i64, addend i32, global i32, pad}; tag is the linear page address, -1 when
 * empty; global: 1 when a change of the address space leaves the entry alone.
 */
export const tlb = {
  start: 0x50000,
  entries: 2048,
  entrySize: 32,
  /** One for each kind of access an instruction set tells apart, and one that stays empty: see `Architecture.tlb`. */
  modes: 4,
} as const;

/** Transfers of control since the run loop last looked: see `transfer`. */
export const transferRing = { start: 0x90000, end: 0x100000 } as const;

/** Pre-decoded records. */
export const arena = { start: 0x100000, size: 0x3000000 } as const;

/** Guest physical address 0. */
export const ramStart = arena.start + arena.size;
