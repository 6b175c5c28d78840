import { sections, treeEnd } from '../trace/recording.js';
import { functionIds } from './calls.js';
import type { Twice } from './comparison.js';
import { type Entries, entriesOf } from './entries.js';
import type { Path } from './path.js';
import { type Chains, stubEnd } from './stub-end.js';

/** A function entered more often is a helper, not an initialiser. */
const mostEntries = 3;
const init = sections.indexOf('init');

/**
 * Initialisers that a path entered from more than one function, or from one that is such itself. An initialiser lies in init
 * text, was entered before `start_kernel`, or by a function on the chain that leads there.
 */
export function twiceOn(paths: readonly Path[], chains: Chains): Twice[] {
  const ids = functionIds(paths.map(({ recording }) => recording));
  const all = paths.map((path, i) => ({
    path,
    entries: entriesOf(path.recording, ids[i]!, stubEnd(path, chains)),
  }));
  return all.flatMap(({ path, entries }, i) => {
    const chain = new Set(chains.get(path)?.map((link) => link.function));
    // Who did not get as far may have entered it less often for that.
    const others = all.filter((other, j) => j !== i && reach(other.path) >= reach(path));
    return repeatedOn(path, entries, chain).map(([id, { row, callers, times, inStub }]) => ({
      path: path.name,
      function: path.recording.functions.name[row]!,
      callers: [...callers.values()],
      runs: times,
      inStub,
      again: sortOf(
        times,
        inStub,
        others.map((other) => other.entries.get(id)?.times ?? 0),
      ),
    }));
  });
}

function repeatedOn(
  { recording: { functions } }: Path,
  entries: ReadonlyMap<number, Entries>,
  chain: ReadonlySet<string>,
): [number, Entries][] {
  const isInitialiser = ({ row, early, callers }: Entries): boolean =>
    early || functions.section[row] === init || [...callers.values()].some((caller) => chain.has(caller));
  const candidates = [...entries].filter(
    ([, each]) => each.times <= mostEntries && each.contexts.size > 1 && isInitialiser(each),
  );
  const known = new Map<number, boolean>();
  const byId = new Map(candidates);
  /** What a helper enters once each time is a helper, too. */
  const isRepeated = (id: number): boolean => {
    const each = byId.get(id);
    if (!each) return false;
    if (each.callers.size > 1) return true;
    const before = known.get(id);
    if (before !== undefined) return before;
    known.set(id, false);
    const repeated = isRepeated([...each.callers.keys()][0]!);
    known.set(id, repeated);
    return repeated;
  };
  return candidates.filter(([id]) => isRepeated(id));
}

/** What the number of times on other paths says of it. */
function sortOf(times: number, inStub: number, others: readonly number[]): Twice['again'] {
  if (inStub > 0 && inStub < times) return 'stub';
  if (others.length === 0) return 'alone';
  if (others.some((other) => other > 0 && other < times)) return 'more';
  return others.every((other) => other >= times) ? 'every' : 'some';
}

/** How far a boot got, of the places that all of Linux passes. */
function reach({ recording: { waypoints } }: Path): number {
  return ['start_kernel', treeEnd].filter((wanted) => waypoints.some(({ name }) => name === wanted)).length;
}
