import { meetingPoint } from '../trace/before.js';
import { isPlumbing } from '../trace/plumbing.js';
import { entryKinds, type Recording, sections, treeEnd } from '../trace/recording.js';

const calls: ReadonlySet<number> = new Set(
  (['call', 'jump'] as const).map((kind) => entryKinds.indexOf(kind)),
);
const init = sections.indexOf('init');

/** How one path came to a function. */
export interface Entries {
  readonly row: number;
  /** Calls and jumps to it, and how many of these were in the path's stub. */
  times: number;
  inStub: number;
  /** Whether the first was before `start_kernel`. */
  early: boolean;
  /** Who entered it, in order: names by number. */
  readonly callers: Map<number, string>;
  /** Contexts in which these did: nodes of the tree. */
  readonly contexts: Set<number>;
}

/**
 * Calls and jumps to functions by their numbers (`ids`, by row), as far as the tree tells them all apart: those of init text to its end, others up to `rest_init`.
 * What is plumbing, and code that no symbol names, is passed over. `stubEnd`: instructions retired before the path meets another.
 */
export function entriesOf(
  recording: Recording,
  ids: ArrayLike<number>,
  stubEnd: number,
): Map<number, Entries> {
  const { tree, functions, waypoints } = recording;
  const meeting = meetingPoint(recording);
  const end = waypoints.find(({ name }) => name === treeEnd)?.instruction ?? Number.POSITIVE_INFINITY;
  const found = new Map<number, Entries>();
  const isFunction = (row: number): boolean => functions.size[row]! > 0 && !isPlumbing(functions.name[row]!);
  const callerOf = (node: number): number => {
    let at = tree.parent[node]!;
    while (at !== -1 && !isFunction(tree.function[at]!)) at = tree.parent[at]!;
    return at;
  };
  for (let node = 0; node < tree.parent.length; node++) {
    const row = tree.function[node]!;
    const at = tree.first[node]!;
    if (!calls.has(tree.kind[node]!) || !isFunction(row)) continue;
    if (at > end && functions.section[row] !== init) continue;
    const caller = callerOf(node);
    if (caller === -1) continue;
    let entries = found.get(ids[row]!);
    if (!entries) {
      const none = { times: 0, inStub: 0, callers: new Map(), contexts: new Set<number>() };
      entries = { row, early: at < meeting, ...none };
      found.set(ids[row]!, entries);
    }
    entries.times += tree.count[node]!;
    if (at < stubEnd) entries.inStub += tree.count[node]!;
    const by = tree.function[caller]!;
    entries.callers.set(ids[by]!, functions.name[by]!);
    entries.contexts.add(caller);
  }
  return found;
}
