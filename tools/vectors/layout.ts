import { Random } from './random.js';

export type Mode = 16 | 32 | 64;

/** A stretch of memory that both processors have, at the same linear address and with the same first contents. */
export interface Window {
  readonly address: number;
  readonly size: number;
  readonly writable: boolean;
  readonly executable: boolean;
}

export const CODE = 0x10000000;
export const DATA = 0x10010000;
/** What 16-bit addresses reach without a segment base. */
export const LOW = 0x4000;

/** Pages around them are not mapped. */
export const windows: readonly Window[] = [
  { address: CODE, size: 0x2000, writable: false, executable: true },
  { address: DATA, size: 0x2000, writable: true, executable: false },
  { address: DATA + 0x2000, size: 0x1000, writable: false, executable: false },
  { address: LOW, size: 0x2000, writable: true, executable: false },
];

/** First contents of a window; the code window holds breakpoints. */
export function contents({ address, size, executable }: Window): Uint8Array {
  const bytes = new Uint8Array(size);
  if (executable) return bytes.fill(0xcc);
  const random = new Random(address);
  for (let i = 0; i < size; i++) bytes[i] = random.next();
  return bytes;
}

/** FS and GS bases in 64-bit mode. */
export const longBases = { fs: DATA + 0x340, gs: 0x70001000 } as const;

/** A segment outside 64-bit mode; `selector` is what the harness loads. */
export interface Segment {
  readonly base: number;
  readonly limit: number;
  readonly wide: boolean;
  readonly expandDown: boolean;
  readonly code: boolean;
}

/** The LDT the harness makes; entry n has selector 8n + 7. */
export const ldt: readonly Segment[] = [
  { base: DATA + 0x100, limit: 0x1eff, wide: true, expandDown: false, code: false },
  { base: DATA, limit: 0x7ff, wide: true, expandDown: true, code: false },
  { base: CODE, limit: 0xffff, wide: false, expandDown: false, code: true },
  { base: DATA, limit: 0x2fff, wide: false, expandDown: false, code: false },
];

const flat: Segment = { base: 0, limit: 0xffffffff, wide: true, expandDown: false, code: false };

/** ES, CS, SS, DS, FS, GS: LDT entry, or undefined for the flat segment the operating system provides. */
export const segmentEntries: Record<16 | 32, readonly (number | undefined)[]> = {
  32: [undefined, undefined, undefined, undefined, 0, 1],
  16: [3, 2, 3, 3, 0, 1],
};

export function segmentsOf(mode: 16 | 32): Segment[] {
  return segmentEntries[mode].map((entry, index) =>
    entry === undefined ? { ...flat, code: index === 1 } : ldt[entry]!,
  );
}

/** Base that an offset under a segment register is relative to. */
export function baseOf(mode: Mode, segment: number): number {
  if (mode !== 64) return segmentsOf(mode)[segment]!.base;
  return segment === 4 ? longBases.fs : segment === 5 ? longBases.gs : 0;
}
