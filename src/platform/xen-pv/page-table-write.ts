import type { PvDomain } from './domain.js';
import { FRAME } from './frames.js';
import { frameOf } from './page-tables.js';

const PRESENT = 1;
const WRITABLE = 2;
const WRITE_TO_PRESENT = 3;

/**
 * The guest's kernel has written to a page table through a read-only mapping. The instruction is let through on its own, and
 * what it has written is then checked like any update (Xen arch/x86/pv/ro-page-fault.c). Only L1 tables are written that
 * way. False: it was something else, and the fault is the guest's.
 */
export function writeThroughPageTables(domain: PvDomain, errorCode: number): boolean {
  const { frames, machine, tables } = domain;
  const { cpu, memory } = machine;
  if (!domain.kernelMode || (errorCode & 0x1b) !== WRITE_TO_PRESENT) return false;
  const page = Number(BigInt.asIntN(64, cpu.cr2) >> 12n);
  const entry = tables.entryOf(domain.kernelRoot, page);
  if (entry < 0) return false;
  const mapping = memory.read32(entry) | 0;
  if ((mapping & (PRESENT | WRITABLE)) !== PRESENT) return false;
  const frame = frameOf(mapping, memory.read32(entry + 4) | 0);
  if (!frames.isGuests(frame) || frames.type[frame] !== FRAME.l1 || frames.uses[frame] === 0) return false;

  const before = memory.ram(frame * 4096, 4096).slice();
  memory.write32(entry, mapping | WRITABLE);
  cpu.invalidatePage(cpu.cr2);
  const done = cpu.executeOne();
  memory.write32(entry, memory.read32(entry) & ~WRITABLE);
  cpu.invalidatePage(BigInt(page) * 4096n);
  // Faulted on something else: that was delivered, and nothing written.
  if (!done) return true;
  return apply(domain, frame, before);
}

/** Puts the table back as it was and makes each change in order, as far as it is allowed. */
function apply(domain: PvDomain, frame: number, before: Uint8Array): boolean {
  const { memory } = domain.machine;
  const table = memory.ram(frame * 4096, 4096);
  const after = new Uint32Array(table.slice().buffer);
  const old = new Uint32Array(before.buffer, before.byteOffset, 1024);
  const changed: number[] = [];
  for (let i = 0; i < 512; i++) {
    if (after[i * 2] !== old[i * 2] || after[i * 2 + 1] !== old[i * 2 + 1]) changed.push(i);
  }
  if (changed.length === 0) return true;
  table.set(before);
  for (const i of changed) {
    const error = domain.tables.update(frame * 4096 + i * 8, after[i * 2]! | 0, after[i * 2 + 1]! | 0);
    if (error) {
      const value = (BigInt(after[i * 2 + 1]!) << 32n) | BigInt(after[i * 2]!);
      domain.kill(`the guest wrote the page-table entry 0x${value.toString(16)}, which it may not have`);
      return true;
    }
  }
  return true;
}
