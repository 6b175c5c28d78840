import { isPlumbing } from '../trace/plumbing.js';
import { entryKinds, type Recording } from '../trace/recording.js';
import type { ChainLink } from './comparison.js';

/** Where all paths of Linux have met. */
const meeting = 'start_kernel';

/** The calls and jumps that lead from a kernel's first function to `start_kernel`, none of which has returned; null without. */
export function chainOf(recording: Recording): ChainLink[] | null {
  const { tree, functions } = recording;
  const shown = wayToMeeting(recording);
  if (shown.length === 0) return null;
  return shown.map((node, i) => ({
    function: functions.name[tree.function[node]!]!,
    kind: entryKinds[tree.kind[node]!]!,
    instruction: tree.first[node]!,
    instructions: i + 1 < shown.length ? tree.first[shown[i + 1]!]! - tree.first[node]! : 0,
  }));
}

/** Nodes of the tree on that way; none without. */
export function wayToMeeting({ tree, functions }: Recording): number[] {
  const last = tree.function.findLastIndex((row) => functions.name[row] === meeting);
  const nodes: number[] = [];
  for (let node = last; node !== -1; node = tree.parent[node]!) nodes.unshift(node);
  return nodes.filter((node) => !isPlumbing(functions.name[tree.function[node]!]!));
}

/** The first function of the longest end that two chains have in common; null when they end differently. */
export function joinOf(a: readonly ChainLink[] | null, b: readonly ChainLink[] | null): string | null {
  const common = a && b ? commonEnd(a, b) : 0;
  return common === 0 ? null : a!.at(-common)!.function;
}

/** How many links at their end two chains have in common. */
export function commonEnd(a: readonly ChainLink[], b: readonly ChainLink[]): number {
  let common = 0;
  while (common < Math.min(a.length, b.length) && a.at(-1 - common)!.function === b.at(-1 - common)!.function)
    common++;
  return common;
}
