/**
 * A pre-decoded instruction as generated code reads it: 32 bytes, blocks of them behind a 32-byte header.
 * Offsets in bytes.
 */
export const record = {
  size: 32,
  /** u16: slot of the handler in the function table. */
  handler: 0,
  /** u8: case in the interpreter's loop, 0 when the handler is called through the table. */
  hot: 2,
  /** u8: place in the block (6 bits), index scale as a shift (2 bits, high). */
  place: 3,
  /** u16 each: offsets of the first and second register operand in the state. */
  a: 4,
  b: 6,
  base: 8,
  index: 10,
  /** u16: offset of the segment of the memory operand. */
  segment: 12,
  /** u16: distance from the block's pc (10 bits), 64 less the address size in units of 16 (2 bits), length (4 bits). */
  distance: 14,
  displacement: 16,
  immediate: 24,
} as const;

/** The header of a block. */
export const block = {
  size: 32,
  /** i64: linear address of the first instruction. */
  pc: 0,
  /** i32: number of guest instructions. */
  count: 8,
  /** i32: 1 while the bytes it was decoded from are unchanged. */
  valid: 12,
  /** i32: what entering it takes from the budget: `count`, or more than any budget when it is not valid. */
  charge: 16,
  /** u16: slot of the translated region that holds it, 0 when none can be entered here; u16: which of its entries. */
  region: 20,
  entry: 22,
  /** i32: counts down as the interpreter enters the block; the translator is told at 0. */
  heat: 24,
  /** i32: number of the mark at its first instruction, 0: none. */
  mark: 28,
} as const;

/** `block.charge` of an invalid block. */
export const noCharge = 0x40000000;

/** Behind a direct jump or call: a record with two links, [taken, not taken]. */
export const link = {
  size: 16,
  /** i32: epoch in which `block` was found. */
  epoch: 0,
  block: 4,
  /** i64: linear address of the target. */
  pc: 8,
} as const;

/** Most instructions in a block; `record.place` has six bits. */
export const maxBlock = 63;

/** Packs `record.distance`. `distance` and `length` in bytes, `addressSize` in bits. */
export function packDistance(distance: number, addressSize: number, length: number): number {
  return distance | (((64 - addressSize) >> 4) << 10) | (length << 12);
}

/** Slots of the handlers that are the engine's own; those of the instruction set follow. */
export const pseudo = {
  /** Goes on to the block of the link behind it. */
  next: 0,
  /** Leaves generated code for the pc in its immediate. */
  exit: 1,
  /** Leaves generated code for itself. */
  refetch: 2,
} as const;

/** `record.hot` of the first record of a block that is a region's entry. */
export const regionCase = 255;

/** Most regions that can be live at the same time. */
export const regionSlots = 16384;

/** What a region's function returns, besides the record to go on with in the interpreter. */
export const regionExit = {
  /** Control has to leave generated code; the pc is set. */
  leave: 0,
  /** Added to the place of a link that is to be followed. */
  link: 1,
  /** Go to `words.jumpTarget`. */
  jump: 2,
  /** What the region takes for granted does not hold: the interpreter is to run the block that was to be entered. */
  interpret: 4,
} as const;
