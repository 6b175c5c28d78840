import { memoryType } from '../../../abi/memory-map.js';
import { PAGE_SIZE } from '../../../abi/x86/paging.js';
import type { Machine } from '../../../machine/machine.js';
import type { Choice } from './choice.js';

/** Odd, not zero, no pointer into RAM, and easily recognised. */
const POISON = 0xa5;
const MEBIBYTE = 0x100000;

/** Free memory in which something was before; what is loaded and handed over is written over it. */
export const memory: readonly Choice[] = [
  {
    id: 'low-memory',
    family: 'memory',
    title: 'other content in free memory below 1 MiB',
    clause: (freedom) => freedom.memory,
    // Interrupt vectors and the BIOS data area are the firmware's.
    before: (machine) => poison(machine, PAGE_SIZE, MEBIBYTE),
  },
  {
    id: 'high-memory',
    family: 'memory',
    title: 'other content in free memory above 1 MiB',
    clause: (freedom) => freedom.memory,
    before: (machine) => poison(machine, MEBIBYTE, machine.memory.ramSize),
  },
];

function poison(machine: Machine, from: number, to: number): void {
  for (const { start, size, type } of machine.memoryMap()) {
    if (type !== memoryType.ram) continue;
    const first = Math.max(start, from);
    const end = Math.min(start + size, to);
    if (first < end) machine.memory.ram(first, end - first).fill(POISON);
  }
}
