import { PAGE_ENTRY } from '../../abi/x86/paging.js';
import type { PvDomain } from './domain.js';
import { FRAME } from './frames.js';
import { frameOf } from './page-tables.js';

const { PRESENT, WRITABLE } = PAGE_ENTRY;
const WRITE_TO_PRESENT = 3;

/** A write to an L1 table that is being let through. */
export interface TableWrite {
  /** Machine address of the entry that maps the table, writable for the time being. */
  readonly entry: number;
  /** The page it maps. */
  readonly address: bigint;
  /** Frame of the table, and what it held before. */
  readonly frame: number;
  readonly before: Uint8Array;
}

/**
 * The guest's kernel has written to a page table through a read-only mapping. The instruction is let through on its own, and
 * what it has written is then checked like any update (Xen arch/x86/pv/ro-page-fault.c). Only L1 tables are written that
 * way. False: it was something else, and the fault is the guest's.
 */
export function writeThroughPageTables(domain: PvDomain, errorCode: number): boolean {
  const { frames, machine, tables } = domain;
  const { cpu, memory } = machine;
  if (!domain.kernelMode || (errorCode & 0x1b) !== WRITE_TO_PRESENT) return false;
  const page = BigInt.asIntN(64, cpu.cr2) >> 12n;
  const entry = tables.entryOf(domain.kernelRoot, Number(page));
  if (entry < 0) return false;
  const mapping = memory.read32(entry) | 0;
  if ((mapping & (PRESENT | WRITABLE)) !== PRESENT) return false;
  // Through a linear page table: the entry above it is not writable, whatever this one is made.
  if (frames.type[Math.floor(entry / 4096)] !== FRAME.l1) return false;
  const frame = frameOf(mapping, memory.read32(entry + 4) | 0);
  if (!frames.isGuests(frame) || frames.type[frame] !== FRAME.l1 || frames.uses[frame] === 0) return false;

  const before = memory.ram(frame * 4096, 4096).slice();
  domain.tableWrite = { entry, address: page << 12n, frame, before };
  memory.write32(entry, mapping | WRITABLE);
  cpu.invalidatePage(cpu.cr2);
  cpu.executeOne();
  finishTableWrite(domain);
  return true;
}

/**
 * Ends the write that is under way, if one is: the mapping is read-only again, the table as it was, and each change is made in
 * order as far as it is allowed. Comes before anything else happens to the guest, the instruction's own faults too.
 */
export function finishTableWrite(domain: PvDomain): void {
  const { tableWrite } = domain;
  if (!tableWrite) return;
  domain.tableWrite = undefined;
  const { entry, address, frame, before } = tableWrite;
  const { cpu, memory } = domain.machine;
  memory.write32(entry, memory.read32(entry) & ~WRITABLE);
  cpu.invalidatePage(address);
  const table = memory.ram(frame * 4096, 4096);
  const after = new Uint32Array(table.slice().buffer);
  const old = new Uint32Array(before.buffer, before.byteOffset, 1024);
  table.set(before);
  for (let i = 0; i < 512; i++) {
    const [low, high] = [after[i * 2]!, after[i * 2 + 1]!];
    if (low === old[i * 2] && high === old[i * 2 + 1]) continue;
    if (domain.tables.update(frame * 4096 + i * 8, low | 0, high | 0) === 0) continue;
    const value = (BigInt(high) << 32n) | BigInt(low);
    domain.kill(`the guest wrote the page-table entry 0x${value.toString(16)}, which it may not have`);
    return;
  }
}
