import type { PhysicalMemory } from '../memory.js';
import { link, pseudo, record } from './record.js';

/** Writes a link that is not filled yet; `low` and `high` are the signed halves of its linear address. */
export function writeLink({ i32 }: PhysicalMemory, at: number, low: number, high: number): void {
  i32[(at + link.epoch) >> 2] = 0;
  i32[(at + link.block) >> 2] = 0;
  i32[(at + link.pc) >> 2] = low;
  i32[(at + link.pc + 4) >> 2] = high;
}

/** Writes the record that goes on to the block at a linear address, and its link; returns their room in records. */
export function writeNext(
  memory: PhysicalMemory,
  at: number,
  place: number,
  distance: number,
  low: number,
  high: number,
): number {
  const { i32 } = memory;
  i32[at >> 2] = pseudo.next | (place << 24);
  i32[(at + record.segment) >> 2] = distance << 16;
  writeLink(memory, at + record.size, low, high);
  return 2;
}
