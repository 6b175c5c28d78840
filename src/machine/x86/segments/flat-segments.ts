import type { PhysicalMemory } from '../../memory.js';
import { segment, segmentIndex, segmentOffset, state } from '../state.js';

const big = 0x4000;

/** Keeps `state.flatSegments` right after segment register `index` was changed. */
export function noteFlat({ i32 }: PhysicalMemory, index: number): void {
  const at = segmentOffset(index) >> 2;
  const zero = (offset: number): boolean => (i32[at + (offset >> 2)]! | i32[at + (offset >> 2) + 1]!) === 0;
  const whole = (offset: number): boolean =>
    i32[at + (offset >> 2)] === 0 && i32[at + (offset >> 2) + 1] === 1;
  const flat =
    zero(segment.base) &&
    zero(segment.low) &&
    whole(segment.readable) &&
    whole(segment.writable) &&
    (index !== segmentIndex.ss || (i32[at + (segment.access >> 2)]! & big) !== 0);
  const bit = 1 << index;
  const place = state.flatSegments >> 2;
  i32[place] = flat ? i32[place]! | bit : i32[place]! & ~bit;
}
