import type { Path } from '../compare/path.js';
import { isPlumbing } from '../trace/plumbing.js';
import { sourceName } from './first-entries.js';

/** The function that first entered another one, what is plumbing between them passed over; undefined where none is known. */
export function callerOf({ recording }: Path, name: string): string | undefined {
  const { tree, functions } = recording;
  const nameOf = (node: number): string => functions.name[tree.function[node]!]!;
  let node = tree.function.findIndex((row) => sourceName(functions.name[row]!) === name);
  if (node === -1) return undefined;
  do node = tree.parent[node]!;
  while (node !== -1 && isPlumbing(nameOf(node)));
  return node === -1 ? undefined : nameOf(node);
}
