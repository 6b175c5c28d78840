import type { PhysicalMemory } from '../memory.js';
import { tlb as layout, ramStart } from './layout.js';
import { PageWriters } from './page-writers.js';

/** The software TLBs that generated code looks into. Only RAM pages are ever entered. */
export class Tlb {
  readonly #tags: BigInt64Array;
  /** Slots entered since they were last emptied, by whether a reload of CR3 empties them; see `#note`. */
  readonly #local: number[] = [];
  readonly #global: number[] = [];
  /** 2 MiB regions of linear memory in which an entry comes from a large page, and the largest such page. */
  readonly #large = new Set<number>();
  #largest = 1;
  /** Entries that may write, or might before they were emptied. */
  readonly #writers: PageWriters;

  constructor(readonly memory: PhysicalMemory) {
    this.#writers = new PageWriters(memory.ramSize >>> 12, layout.entries * layout.modes);
    this.#tags = new BigInt64Array(
      memory.wasm.buffer,
      layout.start,
      (layout.entries * layout.modes * layout.entrySize) / 8,
    );
    this.#tags.fill(-1n);
  }

  /** Base of the TLB of a mode: 0 user, 1 supervisor under SMAP, 2 supervisor that may touch user pages, 3 always empty. */
  base(mode: number): number {
    return layout.start + mode * layout.entries * layout.entrySize;
  }

  /** Enters a page; `write` also makes it writable, `global`: it stays when CR3 is loaded. */
  enter(mode: number, page: number, frame: number, write: boolean, global: boolean): void {
    const { i32 } = this.memory;
    const slot = (mode * layout.entries + ((page | 0) & (layout.entries - 1))) * layout.entrySize;
    const at = (layout.start + slot) >> 2;
    const low = (page * 4096) | 0;
    const high = Math.floor(page / 0x100000) | 0;
    const kind = global ? 1 : 0;
    const addend = (ramStart + frame * 4096 - low) | 0;
    const other = i32[at] !== low || i32[at + 1] !== high || i32[at + 4] !== addend;
    if (other) {
      i32[at + 2] = -1;
      i32[at + 3] = -1;
      i32[at] = low;
      i32[at + 1] = high;
    }
    if (other || i32[at + 5] !== kind) {
      i32[at + 5] = kind;
      this.#note(global ? this.#global : this.#local, slot);
    }
    if (write) {
      i32[at + 2] = low;
      i32[at + 3] = high;
      this.#writers.note(slot / layout.entrySize, frame);
    }
    i32[at + 4] = addend;
  }

  /** A list longer than a TLB says no more than that there is much to empty. */
  #note(list: number[], slot: number): void {
    if (list.length <= layout.entries) list.push(slot);
  }

  /** Place in linear memory of a page's first byte; -1 when it is not entered (for writing). */
  find(mode: number, page: number, write: boolean): number {
    const { i32 } = this.memory;
    const slot = (mode * layout.entries + ((page | 0) & (layout.entries - 1))) * layout.entrySize;
    const at = (layout.start + slot) >> 2;
    const tag = write ? at + 2 : at;
    const low = (page * 4096) | 0;
    if (i32[tag] !== low || i32[tag + 1] !== (Math.floor(page / 0x100000) | 0)) return -1;
    return (i32[at + 4]! + low) >>> 0;
  }

  /** Notes that a translation of `page` came from a mapping of `span` pages. */
  noteLarge(page: number, span: number): void {
    this.#large.add(Math.floor(page / 512));
    if (span > this.#largest) this.#largest = span;
  }

  /** May entries other than that of `page` come from the same large mapping? INVLPG is for all of it. */
  inLarge(page: number): boolean {
    if (this.#largest === 1) return false;
    const region = Math.floor(page / 512);
    if (this.#large.has(region)) return true;
    if (this.#largest <= 512) return false;
    const span = this.#largest / 512;
    const place = Math.floor(region / span);
    for (const other of this.#large) if (Math.floor(other / span) === place) return true;
    return false;
  }

  /** Forgets one page. */
  drop(page: number): void {
    const { i32 } = this.memory;
    const low = (page * 4096) | 0;
    const high = Math.floor(page / 0x100000) | 0;
    for (let mode = 0; mode < layout.modes; mode++) {
      const slot = (mode * layout.entries + ((page | 0) & (layout.entries - 1))) * layout.entrySize;
      const at = (layout.start + slot) >> 2;
      if (i32[at] === low && i32[at + 1] === high) i32.fill(-1, at, at + 4);
    }
  }

  /** Forgets everything. */
  flush(): void {
    const tags = this.#tags;
    if (this.#local.length + this.#global.length > layout.entries) tags.fill(-1n);
    else for (const list of [this.#local, this.#global]) for (const slot of list) this.#empty(slot);
    this.#local.length = this.#global.length = 0;
    this.#large.clear();
    this.#largest = 1;
  }

  /** Forgets everything but global pages. */
  flushLocal(): void {
    const { i32 } = this.memory;
    const first = layout.start >> 2;
    if (this.#local.length > layout.entries) {
      const end = layout.entries * layout.modes * layout.entrySize;
      for (let slot = 0; slot < end; slot += layout.entrySize)
        if (!i32[first + (slot >> 2) + 5]) this.#empty(slot);
    } else for (const slot of this.#local) if (!i32[first + (slot >> 2) + 5]) this.#empty(slot);
    this.#local.length = 0;
  }

  #empty(slot: number): void {
    this.#tags[slot >> 3] = -1n;
    this.#tags[(slot >> 3) + 1] = -1n;
  }

  /** Takes the right to write from every entry of a physical page, because it holds decoded code now. */
  dropWritable(frame: number): void {
    const { i32 } = this.memory;
    const host = (ramStart + frame * 4096) | 0;
    this.#writers.take(frame, (entry) => {
      const at = (layout.start + entry * layout.entrySize) >> 2;
      // It may have become the entry of a page that is not written.
      if (((i32[at + 4]! + i32[at]!) | 0) === host) i32.fill(-1, at + 2, at + 4);
    });
  }
}
