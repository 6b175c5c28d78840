import { SEGMENT_ACCESS } from '../../../abi/x86/descriptors.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { ACCESS } from '../../engine/architecture.js';
import { scratch } from '../../engine/layout.js';
import { raise } from '../exceptions/fault.js';
import type { Processor } from '../processor.js';
import { segment, segmentIndex, segmentOffset } from '../state.js';

/** Error code of a selector: its index and TI, with EXT when an external event or an exception is being delivered. */
export const selectorError = (selector: number, ext = 0): number => (selector & 0xfffc) | ext;

/** A segment or system descriptor as it stands in the GDT or LDT (Intel SDM vol. 3, §3.4.5). */
export class Descriptor {
  selector = 0;
  low = 0;
  high = 0;
  /** Third and fourth words of a 16-byte descriptor. */
  upper = 0;
  last = 0;

  get access(): number {
    return (this.high >>> 8) & 0xf0ff;
  }
  get type(): number {
    return (this.high >>> 8) & 15;
  }
  /** Code or data, not a system descriptor. */
  get isSegment(): boolean {
    return (this.high & 0x1000) !== 0;
  }
  get isCode(): boolean {
    return (this.high & 0x1800) === 0x1800;
  }
  get isConforming(): boolean {
    return (this.high & 0x400) !== 0;
  }
  get isWritableData(): boolean {
    return (this.high & 0x1a00) === 0x1200;
  }
  get isReadable(): boolean {
    return (this.high & 0x1800) === 0x1000 || (this.high & 0x1a00) === 0x1a00;
  }
  get dpl(): number {
    return (this.high >>> 13) & 3;
  }
  get isPresent(): boolean {
    return (this.high & 0x8000) !== 0;
  }
  get isLong(): boolean {
    return (this.high & 0x200000) !== 0;
  }
  get isBig(): boolean {
    return (this.high & 0x400000) !== 0;
  }
  get base(): number {
    return ((this.low >>> 16) | ((this.high & 0xff) << 16) | (this.high & 0xff000000)) >>> 0;
  }
  /** In bytes, the granularity counted. */
  get limit(): number {
    const limit = (this.low & 0xffff) | (this.high & 0xf0000);
    return (this.high & 0x800000 ? (limit << 12) | 0xfff : limit) >>> 0;
  }
  /** Of a gate. */
  get gateSelector(): number {
    return this.low >>> 16;
  }
  get gateOffset(): number {
    return ((this.low & 0xffff) | (this.high & 0xffff0000)) >>> 0;
  }
}

/** Place in linear memory of `bytes` of the descriptor that a selector names; -1 when it is beyond the table's limit. */
function place(cpu: Processor, selector: number, bytes: number, access: number): number {
  const distance = selector & 0xfff8;
  if (!(selector & 4)) {
    const { gdtr } = cpu;
    if (distance + bytes - 1 > gdtr.limit) return -1;
    const at = gdtr.offset + distance;
    return cpu.linear.placeAt(gdtr.page + (at >>> 12), at & 4095, bytes, access, true);
  }
  const { i32, u32 } = cpu.memory;
  const ldt = segmentOffset(segmentIndex.ldtr);
  if (!(i32[(ldt + segment.access) >> 2]! & SEGMENT_ACCESS.PRESENT)) return -1;
  if (distance + bytes - 1 > u32[(ldt + segment.limit) >> 2]!) return -1;
  const low = u32[(ldt + segment.base) >> 2]!;
  const at = (low & 4095) + distance;
  const page = i32[(ldt + segment.base + 4) >> 2]! * 0x100000 + (low >>> 12);
  return cpu.linear.placeAt(page + (at >>> 12), at & 4095, bytes, access, true);
}

/** Reads a descriptor; false when the selector points beyond its table. May raise #PF. */
export function fetchDescriptor(cpu: Processor, selector: number, into: Descriptor): boolean {
  const at = place(cpu, selector, 8, ACCESS.READ);
  if (at < 0) return false;
  const { view } = cpu.memory;
  into.selector = selector;
  into.low = view.getInt32(at, true);
  into.high = view.getInt32(at + 4, true);
  into.upper = 0;
  into.last = 0;
  return true;
}

/** Reads a descriptor; raises `vector` (#GP or #TS) with the selector when it points beyond its table. */
export function readDescriptor(
  cpu: Processor,
  selector: number,
  into: Descriptor,
  ext = 0,
  vector: number = VECTOR.GP,
): Descriptor {
  if (!fetchDescriptor(cpu, selector, into)) raise(vector, selectorError(selector, ext));
  return into;
}

/** Reads the second half of a system descriptor in long mode; #GP when its type bits are not 0. */
export function readUpperHalf(
  cpu: Processor,
  descriptor: Descriptor,
  ext = 0,
  vector: number = VECTOR.GP,
): void {
  const { selector } = descriptor;
  const at = place(cpu, selector, 16, ACCESS.READ);
  if (at < 0) raise(vector, selectorError(selector, ext));
  const { view } = cpu.memory;
  descriptor.upper = view.getInt32(at + 8, true);
  descriptor.last = view.getInt32(at + 12, true);
  if (descriptor.last & 0x1f00) raise(vector, selectorError(selector, ext));
}

/** Sets or clears bits of a descriptor's type byte in its table. */
export function changeType(cpu: Processor, descriptor: Descriptor, set: number, clear = 0): void {
  descriptor.high = (descriptor.high & ~(clear << 8)) | (set << 8);
  const { selector } = descriptor;
  const distance = (selector & 0xfff8) + 5;
  // A byte of the table: `place` works by whole descriptors.
  const { i32, u32, u8 } = cpu.memory;
  let at: number;
  if (!(selector & 4)) {
    const from = cpu.gdtr.offset + distance;
    at = cpu.linear.placeAt(cpu.gdtr.page + (from >>> 12), from & 4095, 1, ACCESS.WRITE, true);
  } else {
    const ldt = segmentOffset(segmentIndex.ldtr) + segment.base;
    const from = (u32[ldt >> 2]! & 4095) + distance;
    const page = i32[(ldt + 4) >> 2]! * 0x100000 + (u32[ldt >> 2]! >>> 12);
    at = cpu.linear.placeAt(page + (from >>> 12), from & 4095, 1, ACCESS.WRITE, true);
  }
  u8[at] = (descriptor.high >>> 8) & 0xff;
  if (at < scratch.end) cpu.engine.linear.finishWrite();
}

/** Sets the accessed bit of a code or data segment about to be loaded. */
export function markAccessed(cpu: Processor, descriptor: Descriptor): void {
  if (!(descriptor.high & 0x100)) changeType(cpu, descriptor, SEGMENT_ACCESS.ACCESSED);
}
