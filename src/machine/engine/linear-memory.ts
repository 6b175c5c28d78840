import type { PhysicalMemory } from '../memory.js';
import { ACCESS, type Addressing } from './architecture.js';
import type { Blocks } from './blocks.js';
import { ramStart, scratch } from './layout.js';
import type { Retirement } from './retirement.js';
import type { Tlb } from './tlb.js';
import { WatchedFrames } from './watched-frames.js';

/** Accesses to data that the software TLBs do not know. @unsaved of the running instruction */
export class LinearMemory {
  /** The write that `finishWrite` carries out. */
  readonly #pending = { frame: 0, offset: 0, bytes: 0, second: -1 };
  readonly watched: WatchedFrames;

  constructor(
    readonly memory: PhysicalMemory,
    readonly tlb: Tlb,
    readonly blocks: Blocks,
    readonly retirement: Retirement,
    readonly addressing: Addressing,
  ) {
    this.watched = new WatchedFrames(memory.ramSize >>> 12, () => tlb.flush());
  }

  /** Physical page of a linear page, entered into the software TLB; raises a fault. */
  translate(page: number, offset: number, access: number): number {
    const { memory, addressing, tlb, watched: seen } = this;
    const { frame, writable, dirty, span, global } = addressing.translate(page, offset, access);
    // Whoever has the frame may write to it later.
    memory.touched[frame >>> 4] = 1;
    if (span > 1) tlb.noteLarge(page, span);
    const kept = seen.seesReads(frame) || (addressing.watching && addressing.watches(page, false));
    if (memory.isRam(frame * 4096) && !kept) {
      const watched = seen.seesWrites(frame) || (addressing.watching && addressing.watches(page, true));
      const mayWrite = writable && dirty && !watched && !this.blocks.codePages[frame];
      tlb.enter(addressing.tlbMode, page, frame, mayWrite, global);
    }
    return frame;
  }

  /**
   * Place in linear memory of `bytes` (at most 64) at a page and offset; scratch memory where they are not in one RAM page.
   * After writing to a place below `scratch.end`, `finishWrite` must follow.
   */
  place(page: number, offset: number, bytes: number, access: number): number {
    const { addressing, watched } = this;
    if (addressing.looksAtAll) addressing.check(page, offset, bytes);
    const frame = this.translate(page, offset, access);
    const crosses = offset + bytes > 4096;
    const write = access === ACCESS.WRITE;
    if (addressing.watching && !crosses) addressing.touch(page, offset, bytes, write);
    watched.touch(frame, offset, bytes, write);
    if (!crosses && this.memory.isRam(frame * 4096)) {
      if (write && this.blocks.codePages[frame]) this.blocks.invalidate(frame, offset, offset + bytes);
      return ramStart + frame * 4096 + offset;
    }
    const second = crosses ? this.translate(addressing.wrap(page + 1), 0, access) : -1;
    if (addressing.watching && crosses) addressing.touch(page, offset, bytes, write);
    if (crosses) watched.touch(second, 0, offset + bytes - 4096, write);
    if (!write) this.#copyIn(frame, offset, bytes, second);
    else {
      const pending = this.#pending;
      pending.frame = frame;
      pending.offset = offset;
      pending.bytes = bytes;
      pending.second = second;
    }
    return scratch.start;
  }

  /** The same for reading then writing. */
  placeModify(page: number, offset: number, bytes: number): number {
    const at = this.place(page, offset, bytes, ACCESS.WRITE);
    if (at === scratch.start) {
      const { frame, second } = this.#pending;
      this.#copyIn(frame, offset, bytes, second);
    }
    return at;
  }

  #copyIn(frame: number, offset: number, bytes: number, second: number): void {
    const first = second >= 0 ? 4096 - offset : bytes;
    this.#readPhysical(frame * 4096 + offset, scratch.start, first);
    if (second >= 0) this.#readPhysical(second * 4096, scratch.start + first, bytes - first);
  }

  #readPhysical(address: number, to: number, bytes: number): void {
    const { memory } = this;
    if (memory.isRam(address)) {
      memory.u8.copyWithin(to, ramStart + address, ramStart + address + bytes);
      return;
    }
    this.addressing.synchronize(this.retirement.now);
    for (let i = 0; i < bytes; ) {
      const size = chunk(address + i, bytes - i);
      const value = memory.mmio.read(address + i, size);
      for (let b = 0; b < size; b++) memory.u8[to + i + b] = value >>> (8 * b);
      i += size;
    }
    this.retirement.breakAfterRecord();
  }

  #writePhysical(address: number, from: number, bytes: number): void {
    const { memory } = this;
    if (memory.isRam(address)) {
      const frame = Math.floor(address / 4096);
      if (this.blocks.codePages[frame])
        this.blocks.invalidate(frame, address & 4095, (address & 4095) + bytes);
      memory.u8.copyWithin(ramStart + address, from, from + bytes);
      return;
    }
    this.addressing.synchronize(this.retirement.now);
    for (let i = 0; i < bytes; ) {
      const size = chunk(address + i, bytes - i);
      let value = 0;
      for (let b = 0; b < size; b++) value |= memory.u8[from + i + b]! << (8 * b);
      memory.mmio.write(address + i, size, value >>> 0);
      i += size;
    }
    this.retirement.breakAfterRecord();
  }

  /** Carries out a write that was staged in scratch memory. */
  finishWrite(): void {
    const { frame, offset, bytes, second } = this.#pending;
    const first = second >= 0 ? 4096 - offset : bytes;
    this.#writePhysical(frame * 4096 + offset, scratch.start, first);
    if (second >= 0) this.#writePhysical(second * 4096, scratch.start + first, bytes - first);
  }
}

function chunk(address: number, left: number): 1 | 2 | 4 {
  if (left >= 4 && address % 4 === 0) return 4;
  if (left >= 2 && address % 2 === 0) return 2;
  return 1;
}
