import { describe, expect, test } from 'vitest';
import { CR0, CR4, EFER } from '../../abi/x86/control-registers.js';
import { ACCESS } from '../engine/architecture.js';
import { PhysicalMemory } from '../memory.js';
import { GuestFault } from './exceptions/fault.js';
import { PageWalker, type PagingContext } from './paging.js';

/**
 * Access rights, systematically: every combination of the bits of two entries with the controls and kinds of access, against
 * a model of Intel SDM vol. 3, 5.6 "Access rights" and 5.7 "Page-fault exceptions" that shares no code with the walker.
 */

const bit = {
  P: 1n,
  RW: 2n,
  US: 4n,
  A: 0x20n,
  D: 0x40n,
  PS: 0x80n,
  XD: 1n << 63n,
  reserved: 1n << 45n,
} as const;
/** Tables, from the root down; then the page. */
const tables = [0x1000, 0x2000, 0x3000, 0x4000] as const;
const frame = 0x200;
const everything = bit.P | bit.RW | bit.US;

/** What decides besides the entries. */
interface Situation {
  readonly access: number;
  readonly user: boolean;
  /** CR0.WP, CR4.SMEP, EFER.NXE; SMAP without AC. */
  readonly wp: boolean;
  readonly smep: boolean;
  readonly nxe: boolean;
  readonly smap: boolean;
}

const booleans = [false, true];
const situations: Situation[] = Object.values(ACCESS).flatMap((access) =>
  booleans.flatMap((user) =>
    booleans.flatMap((wp) =>
      booleans.flatMap((smep) =>
        booleans.flatMap((nxe) => booleans.map((smap) => ({ access, user, wp, smep, nxe, smap }))),
      ),
    ),
  ),
);

/** All sums of some bits. */
function subsets(bits: readonly bigint[]): bigint[] {
  return bits.reduce<bigint[]>((sums, one) => sums.flatMap((sum) => [sum, sum | one]), [0n]);
}

/** Error code of the page fault that the SDM asks for, by the entries from the root to the leaf; undefined: none. */
function faultOf(
  entries: readonly bigint[],
  { access, user, wp, smep, nxe, smap }: Situation,
): number | undefined {
  const [write, fetch] = [access === ACCESS.WRITE, access === ACCESS.FETCH];
  const about = (write ? 2 : 0) + (user ? 4 : 0) + (fetch && (nxe || smep) ? 16 : 0);
  for (const entry of entries) {
    if (!(entry & bit.P)) return about;
    if (entry & bit.reserved || (entry & bit.XD && !nxe)) return about + 8 + 1;
  }
  const all = (which: bigint): boolean => entries.every((entry) => (entry & which) !== 0n);
  const userPage = all(bit.US);
  const executable = !entries.some((entry) => entry & bit.XD);
  const allowed = user
    ? userPage && (!write || all(bit.RW)) && (!fetch || executable)
    : fetch
      ? executable && !(userPage && smep)
      : !(userPage && smap) && (!write || all(bit.RW) || !wp);
  return allowed ? undefined : about + 1;
}

class Walk {
  readonly memory = new PhysicalMemory(0x800000);
  cr0 = CR0.PE | CR0.PG;
  cr4: number = CR4.PAE;
  efer: number = EFER.LME | EFER.LMA;
  readonly walker = new PageWalker(this.memory, this.#context());

  #context(): PagingContext {
    const walk = this;
    return {
      get cr0() {
        return walk.cr0;
      },
      get cr4() {
        return walk.cr4;
      },
      get efer() {
        return walk.efer;
      },
      cr3: BigInt(tables[0]),
      rootTable: tables[0],
      physicalBits: 40,
      setFaultAddress: () => {},
      raiseNotCanonical: () => {
        throw new Error('not canonical');
      },
    };
  }

  entry(table: number): bigint {
    return this.memory.guestView.getBigUint64(table, true);
  }

  set(table: number, value: bigint): void {
    this.memory.guestView.setBigUint64(table, value, true);
  }

  /** Error code of the fault that an access to page 0 raises; undefined: none. */
  access({ access, user, wp, smep, nxe, smap }: Situation): number | undefined {
    this.cr0 = CR0.PE | CR0.PG | (wp ? CR0.WP : 0);
    this.cr4 = CR4.PAE | (smep ? CR4.SMEP : 0) | (smap ? CR4.SMAP : 0);
    this.efer = EFER.LME | EFER.LMA | (nxe ? EFER.NXE : 0);
    try {
      const found = this.walker.translate(0, 0, access, user, !smap);
      expect(found.frame).toBe(frame);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof GuestFault)) throw thrown;
      return thrown.errorCode;
    }
  }
}

/** Runs all situations over pairs of entries at two levels; differences, as text. */
function sweep(
  upperLevel: number,
  leafLevel: number,
  upper: readonly bigint[],
  leaf: readonly bigint[],
): string[] {
  const walk = new Walk();
  const wrong: string[] = [];
  for (let level = 0; level < leafLevel; level++)
    walk.set(tables[level]!, BigInt(tables[level + 1] ?? 0) | everything);
  for (const upperBits of upper) {
    for (const leafBits of leaf) {
      const leafEntry = (BigInt(frame) << 12n) | leafBits | (leafLevel < 3 ? bit.PS : 0n);
      const upperEntry = BigInt(tables[upperLevel + 1]!) | upperBits;
      for (const situation of situations) {
        walk.set(tables[upperLevel]!, upperEntry);
        walk.set(tables[leafLevel]!, leafEntry);
        const got = walk.access(situation);
        const wanted = faultOf([upperEntry, leafEntry], situation);
        const dirty = situation.access === ACCESS.WRITE ? bit.D : 0n;
        const after = walk.entry(tables[leafLevel]!);
        const wantedAfter = wanted === undefined ? leafEntry | bit.A | dirty : leafEntry;
        const upperAfter = walk.entry(tables[upperLevel]!);
        const upperRight =
          wanted === undefined
            ? upperAfter === (upperEntry | bit.A)
            : (upperAfter | bit.A) === (upperEntry | bit.A);
        if (got === wanted && after === wantedAfter && upperRight) continue;
        const { access, user, wp, smep, nxe, smap } = situation;
        wrong.push(
          `${upperEntry.toString(16)} ${leafEntry.toString(16)} ${JSON.stringify({ access, user, wp, smep, nxe, smap })}: ${got}, not ${wanted}; ${after.toString(16)}`,
        );
      }
    }
  }
  return wrong.slice(0, 5);
}

const rights = subsets([bit.P, bit.RW, bit.US, bit.XD, bit.A]);
const leafRights = subsets([bit.P, bit.RW, bit.US, bit.XD, bit.A, bit.D]);

describe('4-level paging: every combination of rights', () => {
  test.each([
    ['PDE and PTE', 2, 3],
    ['PDPTE and PTE', 1, 3],
    ['PML4E and PTE', 0, 3],
    ['PDPTE and a 2 MiB page', 1, 2],
    ['PML4E and a 2 MiB page', 0, 2],
  ])('%s', (_, upperLevel, leafLevel) => {
    expect(sweep(upperLevel, leafLevel, rights, leafRights)).toEqual([]);
  });

  test('reserved bits, in either', () => {
    const some = subsets([bit.P, bit.US, bit.reserved]);
    expect(sweep(2, 3, some, some)).toEqual([]);
    expect(sweep(0, 2, some, some)).toEqual([]);
  });

  test('PS is reserved in a PML4E, and low address bits in a large page', () => {
    const walk = new Walk();
    const read: Situation = {
      access: ACCESS.READ,
      user: false,
      wp: true,
      smep: true,
      nxe: true,
      smap: false,
    };
    for (let level = 0; level < 3; level++) walk.set(tables[level]!, BigInt(tables[level + 1]!) | everything);
    walk.set(tables[3], (BigInt(frame) << 12n) | everything);
    expect(walk.access(read)).toBe(undefined);
    walk.set(tables[0], BigInt(tables[1]) | everything | bit.PS);
    expect(walk.access(read)).toBe(9);
    walk.set(tables[0], BigInt(tables[1]) | everything);
    for (const [level, low, high] of [
      [2, 13, 20],
      [1, 13, 29],
    ] as const) {
      for (let at = low; at <= high; at++) {
        walk.set(tables[level]!, everything | bit.PS | (1n << BigInt(at)));
        expect([level, at, walk.access(read)]).toEqual([level, at, 9]);
      }
      walk.set(tables[level]!, BigInt(tables[level + 1]!) | everything);
    }
  });
});
