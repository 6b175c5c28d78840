import { type SameState, sameKinds } from './comparison.js';

/** What each kind of state that different functions wrote is called. */
export const sameTitles: Readonly<Record<SameState['again'], string>> = {
  stub: 'in a stub, and again behind the join',
  paths: 'by different functions on different paths',
};

/** An object, and who wrote it where: paths with the same functions together. */
export interface SameStateRow {
  readonly object: string;
  readonly by: readonly { readonly paths: readonly string[]; readonly functions: string }[];
}

/** By kind, in the order of `sameKinds`. */
export function sameStateRows(
  found: readonly SameState[],
): ReadonlyMap<SameState['again'], readonly SameStateRow[]> {
  const rows = (kind: SameState['again']): SameStateRow[] =>
    found
      .filter(({ again }) => again === kind)
      .map(({ object, writers }) => ({ object, by: byPath(writers) }));
  return new Map(sameKinds.map((kind) => [kind, rows(kind)] as const).filter(([, each]) => each.length > 0));
}

/** "xen_start_kernel, then start_kernel": before the path met another, and behind. */
function byPath(writers: SameState['writers']): { paths: string[]; functions: string }[] {
  const found = new Map<string, string[]>();
  for (const path of new Set(writers.map((writer) => writer.path))) {
    const names = (inStub: boolean): string =>
      writers
        .filter((writer) => writer.path === path && writer.inStub === inStub)
        .map((writer) => writer.function)
        .join(', ');
    const functions = [names(true), names(false)].filter((each) => each !== '').join(', then ');
    found.set(functions, [...(found.get(functions) ?? []), path]);
  }
  return [...found].map(([functions, paths]) => ({ paths, functions }));
}
