import { SEGMENT_ACCESS } from '../../../abi/x86/descriptors.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { ACCESS } from '../../engine/architecture.js';
import { scratch } from '../../engine/layout.js';
import { raise } from '../exceptions/fault.js';
import type { Processor } from '../processor.js';
import { gprOffset, segment, segmentIndex, segmentOffset } from '../state.js';
import type { Descriptor } from './descriptor.js';

/**
 * A stack outside 64-bit mode, used word by word with the limits of its segment checked. The pointer is the caller's to
 * commit, so nothing has to be undone when a push or pop faults.
 */
export class LegacyStack {
  /** Base and valid range of the segment. */
  #base = 0;
  #low = 0;
  #bytes = 0;
  /** 0xffff or 0xffffffff, from the segment's B flag. */
  mask = 0xffffffff;
  pointer = 0;
  /** What ESP gets above SP when the segment is new; undefined: it keeps what it has. */
  #upper: number | undefined;
  /** Error code of #SS: 0 for the stack in use, the selector of one that is about to be. */
  #error = 0;
  /** Supervisor accesses whatever the CPL is. */
  #system = false;

  constructor(readonly cpu: Processor) {}

  /** The stack in use. `ext`: EXT bit of #SS while an event is being delivered. */
  current(system = false, ext = 0): this {
    const { i32, u32, view } = this.cpu.memory;
    const at = segmentOffset(segmentIndex.ss);
    this.#base = u32[(at + segment.base) >> 2]!;
    this.#low = Number(view.getBigUint64(at + segment.low, true));
    this.#bytes = Number(view.getBigUint64(at + segment.writable, true));
    this.mask = i32[(at + segment.access) >> 2]! & SEGMENT_ACCESS.BIG ? 0xffffffff : 0xffff;
    this.pointer = (u32[gprOffset(GPR.RSP) >> 2]! & this.mask) >>> 0;
    this.#upper = undefined;
    this.#error = ext;
    this.#system = system;
    return this;
  }

  /** A stack whose (writable, expand-up or -down) segment is not loaded yet. */
  fresh(descriptor: Descriptor, pointer: number, ext = 0): this {
    this.#base = descriptor.base;
    this.mask = descriptor.isBig ? 0xffffffff : 0xffff;
    const bytes = descriptor.limit + 1;
    const down = (descriptor.access & SEGMENT_ACCESS.DOWN) !== 0;
    this.#low = down ? bytes : 0;
    this.#bytes = down ? this.mask + 1 - bytes : bytes;
    this.pointer = (pointer & this.mask) >>> 0;
    this.#upper = pointer & ~this.mask;
    this.#error = (descriptor.selector & 0xfffc) | ext;
    this.#system = true;
    return this;
  }

  #linear(pointer: number, bytes: number): number {
    const from = pointer - this.#low;
    if (from < 0 || from + bytes > this.#bytes) raise(VECTOR.SS, this.#error);
    return (this.#base + pointer) >>> 0;
  }

  /** Pushes 2 or 4 bytes. */
  push(value: number, bytes: 2 | 4): void {
    const { cpu } = this;
    const pointer = ((this.pointer - bytes) & this.mask) >>> 0;
    const linear = this.#linear(pointer, bytes);
    const at = cpu.linear.placeAt(linear >>> 12, linear & 4095, bytes, ACCESS.WRITE, this.#system);
    if (bytes === 2) cpu.memory.view.setUint16(at, value & 0xffff, true);
    else cpu.memory.view.setInt32(at, value | 0, true);
    if (at < scratch.end) cpu.engine.linear.finishWrite();
    this.pointer = pointer;
  }

  /** Word or doubleword `distance` bytes above the pointer, unsigned. */
  peek(distance: number, bytes: 2 | 4): number {
    const { cpu } = this;
    const linear = this.#linear(((this.pointer + distance) & this.mask) >>> 0, bytes);
    const at = cpu.linear.placeAt(linear >>> 12, linear & 4095, bytes, ACCESS.READ, this.#system);
    return bytes === 2 ? cpu.memory.view.getUint16(at, true) : cpu.memory.view.getUint32(at, true);
  }

  pop(bytes: 2 | 4): number {
    const value = this.peek(0, bytes);
    this.release(bytes);
    return value;
  }

  release(bytes: number): void {
    this.pointer = ((this.pointer + bytes) & this.mask) >>> 0;
  }

  /** Writes the pointer back into ESP or SP. */
  commit(): void {
    const { u32, u16 } = this.cpu.memory;
    if (this.mask === 0xffff && this.#upper === undefined) u16[gprOffset(GPR.RSP) >> 1] = this.pointer;
    else {
      u32[gprOffset(GPR.RSP) >> 2] = this.pointer | (this.#upper ?? 0);
      u32[(gprOffset(GPR.RSP) >> 2) + 1] = 0;
    }
  }
}
