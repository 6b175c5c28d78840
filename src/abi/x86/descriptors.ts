/** Types of system descriptors (Intel SDM vol. 3, table 3-2). In long mode 9, 11 and 12, 14, 15 are the 64-bit ones. */
export const SYSTEM_TYPE = {
  TSS16: 1,
  LDT: 2,
  TSS16_BUSY: 3,
  CALL_GATE16: 4,
  TASK_GATE: 5,
  INTERRUPT_GATE16: 6,
  TRAP_GATE16: 7,
  TSS: 9,
  TSS_BUSY: 11,
  CALL_GATE: 12,
  INTERRUPT_GATE: 14,
  TRAP_GATE: 15,
} as const;

/** Bits of `access`, the form in which the segment cache keeps a descriptor's attributes (bits 8–23 of its second word). */
export const SEGMENT_ACCESS = {
  ACCESSED: 1,
  /** Data: writable; code: readable. */
  WRITABLE: 2,
  /** Data: expand-down; code: conforming. */
  DOWN: 4,
  CODE: 8,
  /** S: a code or data segment. */
  SEGMENT: 0x10,
  DPL: 0x60,
  PRESENT: 0x80,
  LONG: 0x2000,
  BIG: 0x4000,
  GRANULAR: 0x8000,
} as const;

/**
 * A segment descriptor as it stands in a descriptor table, 8 bytes (Intel SDM vol. 3, §3.4.5). `limit` is the 20-bit field,
 * counted in pages where `access` has GRANULAR.
 */
export function segmentDescriptor(access: number, base = 0, limit = 0xfffff): bigint {
  const low = ((base & 0xffff) << 16) | (limit & 0xffff);
  const high = (base & 0xff000000) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff);
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

const { PRESENT, SEGMENT, CODE, WRITABLE, ACCESSED, GRANULAR, BIG, LONG } = SEGMENT_ACCESS;
const present = PRESENT | SEGMENT | WRITABLE | ACCESSED | GRANULAR;

/** Descriptors of segments with base 0 and all of 4 GiB, at DPL 0. */
export const FLAT = {
  code32: segmentDescriptor(present | CODE | BIG),
  code64: segmentDescriptor(present | CODE | LONG),
  data: segmentDescriptor(present | BIG),
} as const;
