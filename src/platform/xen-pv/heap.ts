import { FLAT } from '../../abi/x86/descriptors.js';
import { LARGE_PAGE_SIZE, PAGE_ENTRY, PAGE_SIZE } from '../../abi/x86/paging.js';
import type { Machine } from '../../machine/machine.js';
import type { Put, Saved } from '../../machine/saved.js';

/** Where Xen's memory begins: behind what firmware and ACPI tables use. */
const START = 0x100000;

const PRESENT = BigInt(PAGE_ENTRY.PRESENT);
const WRITABLE = BigInt(PAGE_ENTRY.WRITABLE);
const USER = BigInt(PAGE_ENTRY.USER);
const ACCESSED_DIRTY = BigInt(PAGE_ENTRY.ACCESSED | PAGE_ENTRY.DIRTY);
const PSE = BigInt(PAGE_ENTRY.LARGE);

/** Linear address of the area where Xen maps a guest's GDT and LDT (slot 260 of every L4 table). */
export const PER_DOMAIN = 0xffff820000000000n;
/** The LDT's place in it. */
export const LDT_BASE = PER_DOMAIN + 0x200000n;
/** Pages of the GDT that are the guest's; the next one is Xen's. */
export const GDT_PAGES = 14;

/** How much memory Xen takes for itself beside a guest of so many bytes: a multiple of 2 MiB. */
export function heapSize(guestBytes: number): number {
  // 8 bytes a frame for the table from machine to pseudo-physical frames, its own frames included.
  const table = ((guestBytes + 16 * 0x100000) / PAGE_SIZE) * 8;
  return LARGE_PAGE_SIZE + Math.ceil(table / LARGE_PAGE_SIZE) * LARGE_PAGE_SIZE;
}

/** Xen's own memory: page tables, the machine-to-physical table, pages it shares with its guest. */
export class Heap implements Saved {
  #next = START;
  /** Machine address of the machine-to-physical table. */
  readonly m2p = LARGE_PAGE_SIZE;
  /** First byte that is the guest's. */
  readonly end: number;
  /** L1 table of the guest's GDT area; of the LDT's. */
  readonly gdtTable: number;
  readonly ldtTable: number;
  /** The page of Xen's own descriptors. */
  readonly reservedGdt: number;
  /** A page of zeros. */
  readonly zero: number;
  /** Entries 256–271 of every L4 table. */
  readonly slots: readonly bigint[];

  constructor(
    readonly machine: Machine,
    guestBytes: number,
  ) {
    this.end = heapSize(guestBytes);
    const { guestView } = machine.memory;
    const m2pL3 = this.allocate();
    const m2pL2 = this.allocate();
    this.#entry(m2pL3, 0, BigInt(m2pL2) | PRESENT | USER | ACCESSED_DIRTY);
    for (let i = 0; this.m2p + i * LARGE_PAGE_SIZE < this.end; i++) {
      this.#entry(m2pL2, i, BigInt(this.m2p + i * LARGE_PAGE_SIZE) | PRESENT | USER | ACCESSED_DIRTY | PSE);
    }
    const l3 = this.allocate();
    const l2 = this.allocate();
    this.gdtTable = this.allocate();
    this.ldtTable = this.allocate();
    const table = PRESENT | WRITABLE | ACCESSED_DIRTY;
    this.#entry(l3, 0, BigInt(l2) | table);
    this.#entry(l2, 0, BigInt(this.gdtTable) | table);
    this.#entry(l2, 1, BigInt(this.ldtTable) | table);
    this.zero = this.allocate();
    this.reservedGdt = this.allocate();
    for (let i = 0; i < GDT_PAGES; i++) this.mapGdt(i, this.zero);
    this.mapGdt(GDT_PAGES, this.reservedGdt);
    for (const [offset, descriptor] of RESERVED_DESCRIPTORS) {
      guestView.setBigUint64(this.reservedGdt + offset, descriptor, true);
    }
    const slots = new Array<bigint>(16).fill(0n);
    slots[0] = BigInt(m2pL3) | PRESENT | USER | ACCESSED_DIRTY;
    slots[4] = BigInt(l3) | table;
    this.slots = slots;
  }

  save(put: Put): void {
    put(this.#next);
  }

  /** A page of zeros of Xen's own. */
  allocate(): number {
    const at = this.#next;
    if (at + PAGE_SIZE > this.m2p) throw new Error('Xen has no page left');
    this.#next += PAGE_SIZE;
    this.machine.memory.ram(at, PAGE_SIZE).fill(0);
    return at;
  }

  #entry(table: number, index: number, value: bigint): void {
    this.machine.memory.guestView.setBigUint64(table + index * 8, value, true);
  }

  /** Maps a page of the guest's GDT; addresses are machine addresses. */
  mapGdt(page: number, at: number): void {
    this.#entry(this.gdtTable, page, BigInt(at) | PRESENT | WRITABLE | ACCESSED_DIRTY);
  }

  /** Maps a page of the guest's LDT, or nothing. */
  mapLdt(page: number, at: number | undefined): void {
    this.#entry(
      this.ldtTable,
      page,
      at === undefined ? 0n : BigInt(at) | PRESENT | WRITABLE | ACCESSED_DIRTY,
    );
  }

  /** Says which pseudo-physical frame a machine frame is; undefined: none. */
  setM2p(frame: number, pfn: bigint | undefined): void {
    this.machine.memory.guestView.setBigUint64(this.m2p + frame * 8, pfn ?? (1n << 64n) - 1n, true);
  }
}

/** Xen's descriptors, by their offset in the page (Xen arch/x86/desc.c). */
const RESERVED_DESCRIPTORS: readonly (readonly [number, bigint])[] = [
  [0x08, FLAT.code64],
  [0x10, FLAT.data],
  [0x20, 0x00cffb000000ffffn],
  [0x28, 0x00cff3000000ffffn],
  [0x30, 0x00affb000000ffffn],
  [0x38, FLAT.code32],
];
