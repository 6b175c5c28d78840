import { againKinds, type Twice } from './comparison.js';

/** What each kind of repeated initialisation is called. */
export const againTitles: Readonly<Record<Twice['again'], string>> = {
  stub: 'in a stub and again behind the join',
  more: 'more often than on another path',
  some: 'on these paths alone',
  every: 'on every path',
  alone: 'on a path with which no other can be compared',
};

/** What several paths did alike. */
export interface TwiceRow extends Omit<Twice, 'path'> {
  readonly paths: readonly string[];
}

/** By kind, in the order of `againKinds`: initialisers that were entered as often from the same functions, with all such paths. */
export function twiceRows(found: readonly Twice[]): ReadonlyMap<Twice['again'], readonly TwiceRow[]> {
  const rows = new Map<string, TwiceRow & { readonly paths: string[] }>();
  for (const { path, ...row } of found) {
    const key = JSON.stringify(row);
    const known = rows.get(key);
    if (known) known.paths.push(path);
    else rows.set(key, { ...row, paths: [path] });
  }
  const all = [...rows.values()];
  return new Map(
    againKinds
      .map((kind) => [kind, all.filter(({ again }) => again === kind)] as const)
      .filter(([, each]) => each.length > 0),
  );
}

/** "1 + 2" where the stub did it once and what follows twice. */
export function runsText({ runs, inStub, again }: TwiceRow): string {
  return again === 'stub' ? `${inStub} + ${runs - inStub}` : String(runs);
}
