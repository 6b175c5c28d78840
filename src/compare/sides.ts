import { partitionPoint } from '../core/partition.js';
import type { Sides } from './comparison.js';

/** What only one of two lists has, what both have, and what of that stands in another order. */
export function sidesOf(a: readonly string[], b: readonly string[]): Sides {
  const inA = new Set(a);
  const inB = new Set(b);
  const both = [...inA].filter((name) => inB.has(name));
  const place = new Map([...inB].map((name, i) => [name, i]));
  const kept = longestIncreasing(both.map((name) => place.get(name)!));
  return {
    onlyA: [...inA].filter((name) => !inB.has(name)),
    onlyB: [...inB].filter((name) => !inA.has(name)),
    both: both.length,
    reordered: both.filter((_, i) => !kept.has(i)),
  };
}

/** Positions of a longest increasing subsequence. */
function longestIncreasing(values: readonly number[]): Set<number> {
  /** Position of the least end of such of each length. */
  const ends: number[] = [];
  const before: number[] = [];
  for (const [i, value] of values.entries()) {
    const length = partitionPoint(ends.length, (end) => values[ends[end]!]! < value);
    before.push(length > 0 ? ends[length - 1]! : -1);
    ends[length] = i;
  }
  const kept = new Set<number>();
  for (let i = ends.at(-1) ?? -1; i !== -1; i = before[i]!) kept.add(i);
  return kept;
}
