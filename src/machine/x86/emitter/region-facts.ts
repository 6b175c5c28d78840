import { block as header, record } from '../../engine/record.js';
import type { Plan } from '../../engine/translator/plan.js';
import type { PhysicalMemory } from '../../memory.js';
import { segmentIndex, state } from '../state.js';

const { es, ss, ds } = segmentIndex;
const dataSegments = (1 << es) | (1 << ss) | (1 << ds);
const registerFields = [record.a, record.b, record.base, record.index];

/** Data segments that 32-bit code finds flat now, and most probably always; one bit each. */
export function flatSegments({ roots }: Plan, { i32 }: PhysicalMemory): number {
  const bits32 = (roots[0]!.block.mode & 7) === 1;
  return bits32 ? i32[state.flatSegments >> 2]! & dataSegments : 0;
}

/** General registers that the records of a region name, one bit each; what instructions use unnamed is not among them. */
export function namedRegisters({ nodes }: Plan, { u16 }: PhysicalMemory): number {
  let named = 0;
  for (const { at, count } of nodes.keys()) {
    for (let i = 0; i < count; i++) {
      for (const field of registerFields) {
        const place = u16[(at + header.size + i * record.size + field) >> 1]! - state.gpr;
        if (place >= 0 && place < 128) named |= 1 << (place >> 3);
      }
    }
  }
  return named;
}
