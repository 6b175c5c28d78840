import type { Path } from '../compare/path.js';
import { compiledName } from '../image/symbols/compiled-name.js';

/** The name in the source, without the mark of code that runs before it is relocated. */
export const sourceName = (name: string): string => compiledName(name).replace(/^__pi_/, '');

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
