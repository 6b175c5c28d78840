import { isPlumbing } from '../trace/plumbing.js';
import { sections } from '../trace/recording.js';
import type { Dead, Unreachable } from './comparison.js';
import type { Path } from './path.js';

/** What of a section no path ran, what all did, what only one did, and what none can reach. All recordings must be of one image. */
export function deadIn(section: 'init' | 'text', paths: readonly Path[]): Dead {
  const { functions } = paths[0]!.recording;
  const wanted = sections.indexOf(section);
  const addresses = paths.map(
    ({ runs, recording }) => new Set(Array.from(runs.keys(), (row) => recording.functions.address[row]!)),
  );
  const none: string[] = [];
  const only = new Map<string, string[]>(paths.map(({ name }) => [name, []]));
  let [count, bytes, noneBytes, all] = [0, 0, 0, 0];
  for (const [row, name] of functions.name.entries()) {
    if (functions.section[row] !== wanted || isPlumbing(name)) continue;
    const size = functions.size[row]!;
    count++;
    bytes += size;
    const ran = paths.filter((_, i) => addresses[i]!.has(functions.address[row]!));
    if (ran.length === 0) {
      none.push(name);
      noneBytes += size;
    } else if (ran.length === paths.length) all++;
    if (ran.length === 1 && paths.length > 1) only.get(ran[0]!.name)!.push(name);
  }
  return {
    functions: count,
    bytes,
    observed: { none, noneBytes, all, only: Object.fromEntries(only) },
    static: staticIn(wanted, paths),
  };
}

function staticIn(section: number, paths: readonly Path[]): Dead['static'] {
  const found = paths.map(({ recording: { reach, functions } }) =>
    reach?.unreachable.filter(
      (row) => functions.section[row] === section && !isPlumbing(functions.name[row]!),
    ),
  );
  const { functions } = paths[0]!.recording;
  const listed = (rows: readonly number[]): Unreachable => ({
    functions: rows.map((row) => functions.name[row]!),
    bytes: rows.reduce((sum, row) => sum + functions.size[row]!, 0),
  });
  if (!found.every((rows) => rows !== undefined)) return null;
  // Of one image the rows are the same on all paths.
  const sets = found.map((rows) => new Set(rows));
  const none = found[0]!.filter((row) => sets.every((set) => set.has(row)));
  const from = paths.map(({ name }, i) => [name, listed(found[i]!)] as const);
  return { none: listed(none), from: Object.fromEntries(from) };
}
