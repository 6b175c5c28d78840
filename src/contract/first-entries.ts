import type { Path } from '../compare/path.js';

/** What a compiler adds to the name of a function that it has specialised, and the mark of code that runs before it is relocated. */
const clone = /(\.(part|constprop|isra)\.\d+)+$/;

/** The name in the source. */
export const sourceName = (name: string): string => name.replace(clone, '').replace(/^__pi_/, '');

const known = new WeakMap<Path, ReadonlyMap<string, number>>();

/** Functions that a path entered by the name they have in the source, in order, with the instructions retired before. */
export function firstEntries(path: Path): ReadonlyMap<string, number> {
  let first = known.get(path);
  if (!first) {
    const { name, aliases } = path.recording.functions;
    const found = new Map<string, number>();
    for (const { row, instruction } of path.entered)
      for (const each of [name[row]!, ...aliases[row]!].map(sourceName))
        if (!found.has(each)) found.set(each, instruction);
    known.set(path, (first = found));
  }
  return first;
}

const functionNames = new WeakMap<Path['recording'], ReadonlySet<string>>();

/** Whether a path's image has a function of that name in the source, be it as a clone. */
export function hasFunction({ recording }: Path, name: string): boolean {
  let names = functionNames.get(recording);
  if (!names) {
    const { name: all, aliases } = recording.functions;
    functionNames.set(recording, (names = new Set([...all, ...aliases.flat()].map(sourceName))));
  }
  return names.has(name);
}
