import { CR0, CR4, EFER } from '../../abi/x86/control-registers.js';
import { PAGE_ENTRY } from '../../abi/x86/paging.js';
import { VECTOR } from '../../abi/x86/vectors.js';
import { ACCESS } from '../engine/architecture.js';
import type { PhysicalMemory } from '../memory.js';
import type { Put, Saved } from '../saved.js';
import { raise } from './exceptions/fault.js';

/** The registers that paging depends on. */
export interface PagingContext {
  readonly cr0: number;
  readonly cr3: bigint;
  /** Physical address in CR3 without its low 12 bits. */
  readonly rootTable: number;
  readonly cr4: number;
  readonly efer: number;
  /** MAXPHYADDR. */
  readonly physicalBits: number;
  /** Called before #PF is raised. */
  setFaultAddress(page: number, offset: number): void;
  /** Raises #SS or #GP. */
  raiseNotCanonical(): never;
}

/** Result of the last walk; reused. */
export interface Translation {
  /** Physical page number. */
  frame: number;
  writable: boolean;
  user: boolean;
  executable: boolean;
  dirty: boolean;
  /** Pages of 4 KiB that the mapping covers: 1, 512, 1024 or 262144. */
  span: number;
  /** A load of CR3 leaves it in the TLB: the leaf's G bit, under CR4.PGE. */
  global: boolean;
}

const { PRESENT, WRITABLE, USER, ACCESSED, DIRTY, LARGE, GLOBAL } = PAGE_ENTRY;

/**
 * Walks the guest's page tables (Intel SDM vol. 3, chapter 5): none, 32-bit, PAE, 4-level, 5-level.
 * Linear page numbers are signed doubles (bits 12–63), exact for every canonical address.
 */
export class PageWalker implements Saved {
  /** The last translation. @unsaved whoever asks takes it at once */
  readonly result: Translation = {
    frame: 0,
    writable: true,
    user: true,
    executable: true,
    dirty: true,
    span: 1,
    global: false,
  };
  /** The four PDPTEs loaded with CR3 under PAE paging. */
  readonly pdptes = new BigUint64Array(4);

  constructor(
    readonly memory: PhysicalMemory,
    readonly context: PagingContext,
  ) {}

  save(put: Put): void {
    for (const entry of this.pdptes) put(entry);
  }

  #fault(page: number, offset: number, access: number, user: boolean, bits: number): never {
    const { context } = this;
    context.setFaultAddress(page, offset);
    const nx = (context.efer & EFER.NXE && context.cr4 & CR4.PAE) || context.cr4 & CR4.SMEP;
    const fetch = access === ACCESS.FETCH && nx ? 16 : 0;
    raise(VECTOR.PF, bits | (access === ACCESS.WRITE ? 2 : 0) | (user ? 4 : 0) | fetch);
  }

  /** Only addresses of long mode can be other than canonical. */
  isCanonical(page: number): boolean {
    const { context } = this;
    if (!(context.efer & EFER.LMA)) return true;
    const limit = context.cr4 & CR4.LA57 ? 0x100000000000 : 0x800000000;
    return page >= -limit && page < limit;
  }

  /**
   * Translates a page for an access, setting accessed and dirty bits; raises #PF (or #GP for an address that is not
   * canonical). `user`: the access counts as user-mode; `userData`: supervisor may touch user pages (no SMAP, or AC).
   */
  translate(page: number, offset: number, access: number, user: boolean, userData: boolean): Translation {
    const { context, result } = this;
    if (!(context.cr0 & CR0.PG)) {
      result.frame = page;
      result.writable = result.user = result.executable = result.dirty = true;
      result.span = 1;
      result.global = false;
      return result;
    }
    if (context.cr4 & CR4.PAE) return this.#walk64(page, offset, access, user, userData);
    return this.#walk32(page, offset, access, user, userData);
  }

  /** Physical page of a linear page, looked up without any effect on the guest; undefined when it is not mapped. */
  peek(page: number): number | undefined {
    const { context, memory } = this;
    if (!(context.cr0 & CR0.PG)) return page;
    const pae = (context.cr4 & CR4.PAE) !== 0;
    const long = (context.efer & EFER.LMA) !== 0;
    const levels = long ? (context.cr4 & CR4.LA57 ? 5 : 4) : pae ? 3 : 2;
    const width = pae ? 512 : 1024;
    let table = Number(context.cr3 & (long ? 0xffffffffff000n : pae ? 0xffffffe0n : 0xfffff000n));
    for (let level = levels; ; level--) {
      const span = width ** (level - 1);
      const index = ((Math.floor(page / span) % width) + width) % width;
      const at = table + index * (pae ? 8 : 4);
      const low = memory.read32(at);
      if (!(low & PRESENT)) return undefined;
      const high = pae ? memory.read32(at + 4) & 0xfffff : 0;
      const frame = high * 0x100000 + (low >>> 12);
      if (level === 1) return frame;
      if (low & LARGE) return frame - (frame % span) + (((page % span) + span) % span);
      table = frame * 4096;
    }
  }

  #check(
    page: number,
    offset: number,
    access: number,
    user: boolean,
    userData: boolean,
    rights: number,
    nx: boolean,
  ): void {
    const { context } = this;
    const userPage = (rights & USER) !== 0;
    const writable = (rights & WRITABLE) !== 0;
    let bad = false;
    if (user) bad = !userPage || (access === ACCESS.WRITE && !writable) || (access === ACCESS.FETCH && nx);
    else if (access === ACCESS.FETCH) bad = nx || (userPage && (context.cr4 & CR4.SMEP) !== 0);
    else
      bad = (userPage && !userData) || (access === ACCESS.WRITE && !writable && (context.cr0 & CR0.WP) !== 0);
    if (bad) this.#fault(page, offset, access, user, 1);
  }

  #finish(
    frame: number,
    rights: number,
    nx: boolean,
    dirty: boolean,
    user: boolean,
    span: number,
    leaf: number,
  ): Translation {
    const { result, context } = this;
    result.span = span;
    result.global = (leaf & GLOBAL) !== 0 && (context.cr4 & CR4.PGE) !== 0;
    result.frame = frame;
    result.user = (rights & USER) !== 0;
    result.writable = (rights & WRITABLE) !== 0 || (!user && !(context.cr0 & CR0.WP));
    result.executable = !nx;
    result.dirty = dirty;
    return result;
  }

  #walk64(page: number, offset: number, access: number, user: boolean, userData: boolean): Translation {
    const { context, memory } = this;
    const low = page | 0;
    const high = Math.floor(page / 0x100000000) | 0;
    const long = (context.efer & EFER.LMA) !== 0;
    const nxe = (context.efer & EFER.NXE) !== 0;
    const levels = long ? (context.cr4 & CR4.LA57 ? 5 : 4) : 3;
    if (!this.isCanonical(page)) context.raiseNotCanonical();
    const frameHighMask = (1 << (context.physicalBits - 32)) - 1;
    const reservedHigh = 0xfffff & ~frameHighMask;
    let table = context.rootTable;
    let rights = WRITABLE | USER;
    let nx = false;
    for (let level = levels; ; level--) {
      const index =
        level === 1
          ? low & 511
          : level === 2
            ? (low >>> 9) & 511
            : level === 3
              ? (low >>> 18) & (long ? 511 : 3)
              : level === 4
                ? ((low >>> 27) | (high << 5)) & 511
                : (high >>> 4) & 511;
      let at = table + index * 8;
      let entryLow: number;
      let entryHigh: number;
      if (level === 3 && !long) {
        const pdpte = this.pdptes[index]!;
        entryLow = Number(pdpte & 0xffffffffn) | 0;
        entryHigh = Number(pdpte >> 32n) | 0;
        at = -1;
      } else {
        entryLow = memory.read32(at) | 0;
        entryHigh = memory.read32(at + 4) | 0;
      }
      if (!(entryLow & PRESENT)) this.#fault(page, offset, access, user, 0);
      const noExecute = entryHigh < 0;
      if ((entryHigh & reservedHigh) !== 0 || (noExecute && !nxe)) this.#fault(page, offset, access, user, 9);
      if (at >= 0) {
        rights &= entryLow;
        nx ||= noExecute;
      }
      const leaf = level === 1 || (level <= 3 && at >= 0 && (entryLow & LARGE) !== 0);
      if (!leaf) {
        if (level >= 4 && entryLow & LARGE) this.#fault(page, offset, access, user, 9);
        if (at >= 0 && !(entryLow & ACCESSED)) memory.write32(at, entryLow | ACCESSED);
        table = ((entryHigh & frameHighMask) * 0x100000 + (entryLow >>> 12)) * 4096;
        continue;
      }
      const span = level === 1 ? 1 : level === 2 ? 512 : 262144;
      if (level > 1) {
        // Bits 13 up to the page size must be clear in the frame (bit 12 is PAT).
        const spare = level === 2 ? 0x1fe000 : 0x3fffe000;
        if (entryLow & spare) this.#fault(page, offset, access, user, 9);
      }
      this.#check(page, offset, access, user, userData, rights, nx);
      const set = ACCESSED | (access === ACCESS.WRITE ? DIRTY : 0);
      if ((entryLow & set) !== set) {
        entryLow |= set;
        memory.write32(at, entryLow);
      }
      let frame = (entryHigh & frameHighMask) * 0x100000 + (entryLow >>> 12);
      if (span > 1) frame = frame - (frame % span) + ((low >>> 0) % span);
      return this.#finish(frame, rights, nx, (entryLow & DIRTY) !== 0, user, span, entryLow);
    }
  }

  #walk32(page: number, offset: number, access: number, user: boolean, userData: boolean): Translation {
    const { context, memory } = this;
    const directory = Number(context.cr3 & 0xfffff000n) + ((page >>> 10) & 1023) * 4;
    let pde = memory.read32(directory) | 0;
    if (!(pde & PRESENT)) this.#fault(page, offset, access, user, 0);
    if (pde & LARGE && context.cr4 & CR4.PSE) {
      if (pde & 0x200000) this.#fault(page, offset, access, user, 9);
      this.#check(page, offset, access, user, userData, pde, false);
      const set = ACCESSED | (access === ACCESS.WRITE ? DIRTY : 0);
      if ((pde & set) !== set) memory.write32(directory, (pde |= set));
      // PSE-36: bits 13–20 are bits 32–39 of the address.
      const frame = ((pde >>> 13) & 0xff) * 0x100000 + (pde >>> 22) * 1024 + (page & 1023);
      return this.#finish(frame, pde, false, (pde & DIRTY) !== 0, user, 1024, pde);
    }
    const at = (pde & 0xfffff000) * 1 + (page & 1023) * 4;
    const place = at < 0 ? at + 0x100000000 : at;
    let pte = memory.read32(place) | 0;
    if (!(pte & PRESENT)) this.#fault(page, offset, access, user, 0);
    const rights = pde & pte;
    this.#check(page, offset, access, user, userData, rights, false);
    if (!(pde & ACCESSED)) memory.write32(directory, pde | ACCESSED);
    const set = ACCESSED | (access === ACCESS.WRITE ? DIRTY : 0);
    if ((pte & set) !== set) memory.write32(place, (pte |= set));
    return this.#finish(pte >>> 12, rights, false, (pte & DIRTY) !== 0, user, 1, pte);
  }
}
