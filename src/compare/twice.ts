import { meetingPoint } from '../trace/before.js';
import { isPlumbing } from '../trace/plumbing.js';
import { entryKinds, sections } from '../trace/recording.js';
import type { Twice } from './comparison.js';
import type { Path } from './path.js';

/** A function entered more often is a helper, not an initialiser. */
const mostEntries = 3;

interface Entered {
  times: number;
  readonly callers: Set<string>;
  fromChain: boolean;
}

/**
 * Initialisers that were entered from more than one function before `start_kernel`: those in init text, and those that a
 * function on the chain itself calls.
 */
export function twiceOn({ name: path, recording }: Path, chain: ReadonlySet<string>): Twice[] {
  const { tree, functions } = recording;
  const end = meetingPoint(recording);
  const rows = new Map<number, Entered>();
  const calls = ['call', 'jump'].map((kind) => entryKinds.indexOf(kind as 'call'));
  for (let node = 0; node < tree.parent.length; node++) {
    const parent = callerOf(recording, node);
    if (tree.first[node]! >= end) break;
    if (parent === undefined || !calls.includes(tree.kind[node]!)) continue;
    const row = tree.function[node]!;
    let entered = rows.get(row);
    if (!entered) rows.set(row, (entered = { times: 0, callers: new Set(), fromChain: false }));
    entered.times += tree.count[node]!;
    entered.callers.add(parent);
    if (chain.has(parent)) entered.fromChain = true;
  }
  const init = sections.indexOf('init');
  return [...rows]
    .filter(
      ([row, { times, callers }]) => callers.size > 1 && times <= mostEntries && functions.size[row]! > 0,
    )
    .filter(([row, { fromChain }]) => fromChain || functions.section[row] === init)
    .filter(([row]) => !isPlumbing(functions.name[row]!))
    .map(([row, { callers }]) => ({ path, function: functions.name[row]!, callers: [...callers] }));
}

/** The function that entered a node; plumbing, and code that no symbol names, are passed over. */
function callerOf({ tree, functions }: Path['recording'], node: number): string | undefined {
  for (let at = tree.parent[node]!; at !== -1; at = tree.parent[at]!) {
    const row = tree.function[at]!;
    const name = functions.name[row]!;
    if (functions.size[row]! > 0 && !isPlumbing(name)) return name;
  }
  return undefined;
}
