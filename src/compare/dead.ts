import { isPlumbing } from '../trace/plumbing.js';
import { sections } from '../trace/recording.js';
import type { Dead } from './comparison.js';
import type { Path } from './path.js';

/** What of a section no path ran, what all did, and what only one did. All recordings must be of one image. */
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
  };
}
