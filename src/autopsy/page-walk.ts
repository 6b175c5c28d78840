import { CR0, CR4, EFER } from '../abi/x86/control-registers.js';
import { PAGE_ENTRY } from '../abi/x86/paging.js';
import { hex } from '../core/errors.js';
import type { Machine } from '../machine/machine.js';

/** One level of a page-table walk. */
export interface WalkStep {
  /** PML5E, PML4E, PDPTE, PDE or PTE. */
  readonly level: string;
  /** Physical address of the entry. */
  readonly at: string;
  readonly entry: string;
  /** Its bits by name: P, W, U, A, D, PS, G, NX; "not present" where P is clear. */
  readonly bits: string;
  /** Physical address it leads to: the next table, or the page. */
  readonly to: string | null;
  /** The size of the page it maps, for the last one. */
  readonly page: string | null;
  /** Why this entry ends the walk, where it is the entry's fault. */
  readonly problem: string | null;
}

const bit = {
  present: BigInt(PAGE_ENTRY.PRESENT),
  writable: BigInt(PAGE_ENTRY.WRITABLE),
  user: BigInt(PAGE_ENTRY.USER),
  accessed: BigInt(PAGE_ENTRY.ACCESSED),
  dirty: BigInt(PAGE_ENTRY.DIRTY),
  large: BigInt(PAGE_ENTRY.LARGE),
  global: BigInt(PAGE_ENTRY.GLOBAL),
  noExecute: 1n << 63n,
} as const;

const bitNames: readonly (readonly [bigint, string])[] = [
  [bit.present, 'P'],
  [bit.writable, 'W'],
  [bit.user, 'U'],
  [bit.accessed, 'A'],
  [bit.dirty, 'D'],
  [bit.large, 'PS'],
  [bit.global, 'G'],
  [bit.noExecute, 'NX'],
];

const levelNames = ['PTE', 'PDE', 'PDPTE', 'PML4E', 'PML5E'] as const;

/** A step as numbers, for those who draw conclusions from it. */
export interface WalkEntry {
  readonly level: (typeof levelNames)[number];
  readonly at: number;
  readonly value: bigint;
  /** It maps a page: the last level, or a large page. */
  readonly leaf: boolean;
  /** 2^span bytes are under this entry. */
  readonly span: number;
  /** Rights that count at this level: the PDPTEs of PAE paging have none. */
  readonly rights: boolean;
}

/**
 * The page-table entries that a linear address goes through, down to the first that is not present; none without
 * paging. `cr3` is that of the time in question. Changes nothing.
 */
export function walkEntries(machine: Machine, address: bigint, cr3 = machine.cpu.cr3): WalkEntry[] {
  const { cpu, memory } = machine;
  if (!(cpu.cr0 & CR0.PG)) return [];
  const pae = (cpu.cr4 & CR4.PAE) !== 0;
  const long = (cpu.efer & EFER.LMA) !== 0;
  const levels = long ? (cpu.cr4 & CR4.LA57 ? 5 : 4) : pae ? 3 : 2;
  const width = pae ? 9 : 10;
  const bytes = pae ? 8 : 4;
  let table = Number(cr3 & (long ? 0xffffffffff000n : pae ? 0xffffffe0n : 0xfffff000n));
  const entries: WalkEntry[] = [];
  for (let level = levels; level > 0; level--) {
    const span = 12 + width * (level - 1);
    const index = Number((address >> BigInt(span)) & ((1n << BigInt(width)) - 1n));
    const at = table + index * bytes;
    // Tables outside RAM read as the bus answers there: all ones, and reading has no effect.
    const outside = !memory.isRam(at);
    let value = outside ? 0n : BigInt(memory.read32(at));
    if (bytes === 8 && !outside) value |= BigInt(memory.read32(at + 4)) << 32n;
    const large = level > 1 && level < 4 && (value & bit.large) !== 0n && (long || level === 2);
    const leaf = level === 1 || large;
    entries.push({ level: levelNames[level - 1]!, at, value, leaf, span, rights: long || level < 3 });
    if (!(value & bit.present) || leaf) break;
    table = Number(value & (bytes === 8 ? 0xffffffffff000n : 0xfffff000n));
  }
  return entries;
}

const pageSizes: Readonly<Record<number, string>> = { 12: '4 KiB', 21: '2 MiB', 22: '4 MiB', 30: '1 GiB' };

/** The same for people. */
export function walkSteps(entries: readonly WalkEntry[], problem?: { at: number; text: string }): WalkStep[] {
  return entries.map((entry) => {
    const { level, at, value, leaf, span } = entry;
    const bits = bitNames.filter(([mask]) => value & mask).map(([, name]) => name);
    const isPresent = (value & bit.present) !== 0n;
    const frame = value & 0xffffffffff000n;
    return {
      level,
      at: hex(at),
      entry: hex(value),
      bits: isPresent ? bits.join(' ') : 'not present',
      to: isPresent ? hex(leaf ? (frame >> BigInt(span)) << BigInt(span) : frame) : null,
      page: isPresent && leaf ? (pageSizes[span] ?? null) : null,
      problem: problem?.at === at ? problem.text : null,
    };
  });
}

/** Bits of a page fault's error code (Intel SDM vol. 3, figure 5-12). */
const code = { present: 1, write: 2, user: 4, reserved: 8, fetch: 16 } as const;

export interface FaultReason {
  /** "reading", "writing" or "executing". */
  readonly access: string;
  /** A clause: "nothing is mapped there: the PDE is not present". */
  readonly text: string;
  /** Physical address of the entry to blame. */
  readonly at?: number;
}

/** Why the processor refused: in words, from the error code and the walk. */
export function pageFaultReason(
  machine: Machine,
  entries: readonly WalkEntry[],
  errorCode: number,
  fetched: boolean,
): FaultReason {
  const { cpu } = machine;
  const isFetch = fetched || (errorCode & code.fetch) !== 0;
  const access = isFetch ? 'executing' : errorCode & code.write ? 'writing' : 'reading';
  const because = (text: string, entry?: WalkEntry): FaultReason => ({ access, text, at: entry?.at });
  if (errorCode & code.reserved) return reserved(machine, entries, access);
  if (!(errorCode & code.present)) {
    const last = entries.at(-1);
    if (!last || last.value & bit.present) return because('nothing was mapped there; now it is');
    const state = last.value === 0n ? 'empty' : 'not present';
    return because(`nothing is mapped there: the ${last.level} is ${state}`, last);
  }
  const rights = entries.filter((entry) => entry.rights);
  const lacking = (mask: bigint): WalkEntry | undefined => rights.find(({ value }) => !(value & mask));
  const supervisor = lacking(bit.user);
  if (errorCode & code.user && supervisor) {
    return because(`the page is the kernel's: U is clear in the ${supervisor.level}`, supervisor);
  }
  if (isFetch) {
    const entry = rights.find(({ value }) => value & bit.noExecute);
    if (entry) return because(`the page is mapped, but not executable: NX in the ${entry.level}`, entry);
    if (!supervisor && cpu.cr4 & CR4.SMEP) {
      return because("the page is a program's, and SMEP forbids the kernel to execute those");
    }
    return because(changed);
  }
  const readOnly = errorCode & code.write ? lacking(bit.writable) : undefined;
  if (readOnly) {
    const why = errorCode & code.user ? '' : ', and CR0.WP makes that count for the kernel too';
    return because(`the page is read-only: W is clear in the ${readOnly.level}${why}`, readOnly);
  }
  if (!supervisor && !(errorCode & code.user) && cpu.cr4 & CR4.SMAP) {
    return because("the page is a program's, and SMAP forbids the kernel to touch those while AC is clear");
  }
  return because(changed);
}

const changed = 'the page tables forbade it; they have changed since';

function reserved(machine: Machine, entries: readonly WalkEntry[], access: string): FaultReason {
  const { cpu } = machine;
  const limit = 1n << BigInt(cpu.physicalBits);
  for (const { level, value, at, leaf, span } of entries) {
    const in_ = `in the ${level}`;
    if (value & bit.noExecute && !(cpu.efer & EFER.NXE)) {
      return { access, at, text: `NX is set ${in_}, but EFER.NXE is off, which makes that bit reserved` };
    }
    if ((value & 0xfffffffffffffn) >= limit) {
      const text = `reserved bits are set ${in_}: the physical address has more than ${cpu.physicalBits} bits`;
      return { access, at, text };
    }
    if (level.startsWith('PML') && value & bit.large)
      return { access, at, text: `PS is set ${in_}, where it is reserved` };
    if (leaf && span > 12 && value & ((1n << BigInt(span)) - 0x2000n)) {
      return { access, at, text: `reserved bits are set ${in_}: the large page is not aligned to its size` };
    }
  }
  return { access, text: 'reserved bits were set in an entry; it has changed since' };
}
