import { meetingPoint } from './before.js';
import { isPlumbing } from './plumbing.js';
import type { Recording } from './recording.js';

/** Of what follows `start_kernel`, calls that took at least so much of the tree are shown. */
const share = 1 / 5000;

/** The part of a tree that is for people. */
export interface Outline {
  /** Nodes of the tree. */
  readonly nodes: readonly number[];
  /** Of each, where its parent stands in `nodes`; -1: a root. */
  readonly parents: readonly number[];
}

/**
 * All calls before `start_kernel`, and behind it those that took long. Plumbing is left out, and what it led to stands below
 * whoever called it.
 */
export function outlineOf(recording: Recording): Outline {
  const { tree, functions, treeSpan } = recording;
  const meeting = meetingPoint(recording);
  const least = treeSpan ? (treeSpan.end - treeSpan.first) * share : 0;
  const nodes: number[] = [];
  const parents: number[] = [];
  /** Of every node of the tree, the place of the nearest one that is shown, itself or above it. */
  const places = new Int32Array(tree.parent.length);
  for (let node = 0; node < tree.parent.length; node++) {
    const parent = tree.parent[node]!;
    const above = parent === -1 ? -1 : places[parent]!;
    const isLong = tree.first[node]! <= meeting || tree.total[node]! >= least;
    if (!isLong || isPlumbing(functions.name[tree.function[node]!]!)) places[node] = above;
    else {
      places[node] = nodes.push(node) - 1;
      parents.push(above);
    }
  }
  return { nodes, parents };
}
