import { PAGE_ENTRY } from '../../abi/x86/paging.js';
import { XEN_ERRNO } from '../../abi/xen.js';
import type { PhysicalMemory } from '../../machine/memory.js';
import { FRAME, type Frames, type FrameType, OWNER } from './frames.js';

const { PRESENT, WRITABLE, USER, ACCESSED, DIRTY, GLOBAL } = PAGE_ENTRY;

/** PAT or PSE, PCD, PWT and GLOBAL: not a guest's (Xen arch/x86/include/asm/x86_64/page.h, BASE_DISALLOW_MASK). */
const FORBIDDEN = 0x198;
/** In the upper half: _PAGE_GNTTAB, the mark of a grant mapping. */
const GRANT_MARK = 1 << 30;
/** In the upper half: the page is the guest kernel's, not its programs' (_PAGE_GUEST_KERNEL). */
const GUEST_KERNEL = 1 << 20;

/** Slots of an L4 table that are Xen's. */
const XEN_SLOTS = { first: 256, last: 271 } as const;

const { EINVAL, EBUSY, EPERM } = XEN_ERRNO;

/**
 * A guest's page tables: every entry is checked before it counts, as the hypervisor does it (Xen arch/x86/mm.c). Errors are
 * negative errnos, 0 is success.
 */
export class PageTables {
  constructor(
    readonly memory: PhysicalMemory,
    readonly frames: Frames,
    /** Xen's own entries of an L4 table, from slot 256 on. */
    readonly xenSlots: readonly bigint[],
  ) {}

  /** Takes one more use of a frame as a page table; checks its contents at the first. */
  get(frame: number, type: FrameType): number {
    const { frames } = this;
    if (!frames.isGuests(frame)) return -EINVAL;
    if (frames.uses[frame]! > 0 && frames.type[frame] !== type) return -EINVAL;
    if (frames.uses[frame] === 0 && frames.type[frame] !== type) {
      frames.forbidWrites(frame);
      frames.type[frame] = type;
      frames.validated[frame] = 0;
    }
    frames.uses[frame]!++;
    if (frames.validated[frame]) return 0;
    // Before its entries are looked at: what leads to itself as to a lower table finds the wrong type then.
    const error = this.#validate(frame, type);
    if (error) {
      frames.uses[frame]!--;
      return error;
    }
    frames.validated[frame] = 1;
    return 0;
  }

  put(frame: number): void {
    const { frames } = this;
    if (--frames.uses[frame]! > 0) return;
    if (!frames.validated[frame]) return;
    frames.validated[frame] = 0;
    this.#release(frame, frames.type[frame] as FrameType, 512);
  }

  #validate(frame: number, type: FrameType): number {
    if (type === FRAME.descriptors) return this.#validateDescriptors(frame);
    const base = frame * 4096;
    const { memory } = this;
    for (let i = 0; i < 512; i++) {
      if (type === FRAME.l4 && isXenSlot(i)) continue;
      const low = memory.read32(base + i * 8) | 0;
      if (!(low & PRESENT)) continue;
      const high = memory.read32(base + i * 8 + 4) | 0;
      const error = this.#getTarget(frame, type, low, high);
      if (error) {
        this.#release(frame, type, i);
        return error;
      }
      this.#adjust(base + i * 8, type, low, high);
    }
    if (type === FRAME.l4) this.#fillXenSlots(frame);
    return 0;
  }

  #fillXenSlots(frame: number): void {
    const { guestView } = this.memory;
    for (let i: number = XEN_SLOTS.first; i <= XEN_SLOTS.last; i++) {
      guestView.setBigUint64(frame * 4096 + i * 8, this.xenSlots[i - XEN_SLOTS.first] ?? 0n, true);
    }
  }

  /** Gives back what the first `count` entries hold. */
  #release(frame: number, type: FrameType, count: number): void {
    if (type === FRAME.descriptors) return;
    const base = frame * 4096;
    for (let i = 0; i < count; i++) {
      if (type === FRAME.l4 && isXenSlot(i)) continue;
      const low = this.memory.read32(base + i * 8) | 0;
      if (low & PRESENT) this.#putTarget(frame, type, low, this.memory.read32(base + i * 8 + 4) | 0);
    }
  }

  /** Everything of a guest runs at level 3, so its kernel's pages must allow that (Xen adjust_guest_l1e and others). */
  #adjust(at: number, type: FrameType, low: number, high: number): void {
    const wanted = this.#adjusted(type, low, high);
    if (wanted !== low) this.memory.write32(at, wanted);
  }

  #adjusted(type: FrameType, low: number, high: number): number {
    if (!(low & PRESENT)) return low;
    if (type === FRAME.l1 && high & GUEST_KERNEL && low & GLOBAL) return (low & ~GLOBAL) | USER;
    return low | USER;
  }

  /** What an entry of a table, which stands in `frame`, leads to. */
  #getTarget(frame: number, type: FrameType, low: number, high: number): number {
    if (type === FRAME.l1) return this.#getPage(low, high);
    if (low & FORBIDDEN) return -EINVAL;
    const target = frameOf(low, high);
    if (target >= this.frames.count) return -EINVAL;
    const error = this.get(target, (type - 1) as FrameType);
    if (error === -EINVAL) return this.#getLinear(frame, type, target, low);
    if (!error) this.frames.references[target]!++;
    return error;
  }

  /**
   * A linear page table: an entry that leads to a table of the same level, so that the tables below appear as pages. It must
   * not be writable; what leads to itself needs no counting (Xen arch/x86/mm.c, define_get_linear_pagetable; allowed by default).
   */
  #getLinear(frame: number, type: FrameType, target: number, low: number): number {
    const { frames } = this;
    if (low & WRITABLE) return -EINVAL;
    if (target === frame) return 0;
    if (!frames.isGuests(target) || frames.type[target] !== type || !frames.validated[target]) return -EINVAL;
    if (!frames.addLinear(frame, target)) return -EINVAL;
    frames.uses[target]!++;
    frames.references[target]!++;
    return 0;
  }

  #putTarget(frame: number, type: FrameType, low: number, high: number): void {
    if (type === FRAME.l1) this.#putPage(low, high);
    else {
      const { frames } = this;
      const target = frameOf(low, high);
      if (target === frame) return;
      if (frames.type[target] === type) frames.dropLinear(frame, target);
      frames.references[target]!--;
      this.put(target);
    }
  }

  #getPage(low: number, high: number): number {
    const { frames } = this;
    if (low & FORBIDDEN & ~GLOBAL || high & GRANT_MARK) return -EINVAL;
    const target = frameOf(low, high);
    if (target >= frames.count) return target === 0xfffffffff ? -EINVAL : -EPERM;
    const owner = frames.owner[target];
    if (owner === OWNER.xen) return -EBUSY;
    if (low & WRITABLE) {
      if (owner === OWNER.readable) return -EBUSY;
      if (owner === OWNER.guest && !frames.getWritable(target)) return -EBUSY;
    }
    frames.references[target]!++;
    return 0;
  }

  #putPage(low: number, high: number): void {
    const { frames } = this;
    const target = frameOf(low, high);
    frames.references[target]!--;
    if (low & WRITABLE && frames.owner[target] === OWNER.guest) frames.putWritable(target);
  }

  /**
   * Writes an entry of a table of the type its frame has now, with all checks. `keep`: accessed and dirty bits stay as the
   * processor has set them.
   */
  update(at: number, low: number, high: number, keep = false): number {
    const { frames, memory } = this;
    const frame = Math.floor(at / 4096);
    const type = frames.type[frame] as FrameType;
    if (type === FRAME.l4 && isXenSlot((at & 4095) >> 3)) return -EINVAL;
    const oldLow = memory.read32(at) | 0;
    const oldHigh = memory.read32(at + 4) | 0;
    let newLow = low | 0;
    if (newLow & PRESENT) {
      const same = frameOf(oldLow, oldHigh) === frameOf(newLow, high);
      const isEasy =
        same &&
        ((oldLow ^ newLow) & (PRESENT | WRITABLE | FORBIDDEN)) === 0 &&
        ((oldHigh ^ high) & GRANT_MARK) === 0;
      if (!isEasy) {
        const error = this.#getTarget(frame, type, newLow, high);
        if (error) return error;
      }
      newLow = this.#adjusted(type, newLow, high);
      if (keep) newLow |= oldLow & (ACCESSED | DIRTY);
      memory.write32(at, newLow);
      memory.write32(at + 4, high);
      if (isEasy) return 0;
    } else {
      memory.write32(at, newLow);
      memory.write32(at + 4, high);
    }
    if (oldLow & PRESENT) this.#putTarget(frame, type, oldLow, oldHigh);
    return 0;
  }

  /**
   * Machine address of the L1 entry that maps a linear page under a root table; -1 when there is none. Through a linear page
   * table it is an entry of a higher table.
   */
  entryOf(root: number, page: number): number {
    let table = root;
    for (let level = 4; level > 1; level--) {
      const span = 512 ** (level - 1);
      const index = ((Math.floor(page / span) % 512) + 512) % 512;
      const low = this.memory.read32(table + index * 8) | 0;
      if (!(low & PRESENT) || low & 0x80) return -1;
      table = frameOf(low, this.memory.read32(table + index * 8 + 4) | 0) * 4096;
    }
    return table + (((page % 512) + 512) % 512) * 8;
  }

  /** Every descriptor must be one that a guest may have; levels are raised to the guest's. */
  #validateDescriptors(frame: number): number {
    const { guestView } = this.memory;
    for (let i = 0; i < 512; i++) {
      const at = frame * 4096 + i * 8;
      const fixed = fixDescriptor(guestView.getBigUint64(at, true));
      if (fixed === undefined) return -EINVAL;
      guestView.setBigUint64(at, fixed, true);
    }
    return 0;
  }
}

export function frameOf(low: number, high: number): number {
  return (high & 0xfffff) * 0x100000 + (low >>> 12);
}

function isXenSlot(index: number): boolean {
  return index >= XEN_SLOTS.first && index <= XEN_SLOTS.last;
}

/**
 * A descriptor as a guest may have it, its privilege level raised to 3 for want of another ring; undefined when it may not:
 * system descriptors but for absent ones (Xen arch/x86/pv/descriptor-tables.c, check_descriptor).
 */
export function fixDescriptor(value: bigint): bigint | undefined {
  const high = Number(value >> 32n);
  if (!(high & 0x8000)) return value;
  if (!(high & 0x1000)) return undefined;
  // L with D is reserved; all code and data segments are fine otherwise: paging protects Xen.
  return value | (3n << 45n);
}
