import type { RecordedPlace } from '../trace/learned/row.js';
import type { Recording } from '../trace/recording.js';
import type { Known, Knows } from './comparison.js';
import type { Path } from './path.js';
import { commandLine, type Topic, topics } from './topics.js';

/** What paths know, and when: each topic on each path. */
export function knowsOn(paths: readonly Path[]): Knows[] {
  return topics.map((topic) => ({
    topic: topic.topic,
    paths: Object.fromEntries(paths.map((path) => [path.name, moments(topic, path)])),
  }));
}

function moments(topic: Topic, path: Path): { could: Known | null; did: Known | null } {
  const kept = did(topic, path);
  const told = could(topic, path);
  // What came later told it nothing new, and what did is not among what is looked for.
  const isLate = told && kept && told.instruction > kept.instruction;
  return { could: isLate ? null : told, did: kept };
}

/** The first that told the kernel, which is not code before it. */
function could({ entries, tells, option }: Topic, { recording }: Path): Known | null {
  const { boot, learned, functions } = recording;
  if (entries?.includes(boot.entry)) {
    const first = recording.firstRuns.function[0];
    return { what: `entry ${boot.entry}`, function: nameOf(recording, first), callers: [], instruction: 0 };
  }
  const patterns = option?.test(boot.commandLine) ? [...tells, ...commandLine] : tells;
  const told = learned.find(
    ({ source, field, function: row }) =>
      functions.module[row] === 0 && patterns.some((pattern) => pattern.test(`${source} ${field}`)),
  );
  if (!told) return null;
  // A search has its answer when it ends.
  const { source, field, last: instruction, callers } = told;
  return { what: `${source} ${field}`, ...named(recording, told, callers), instruction };
}

/** The first that kept it: by a variable's first value, else by the function that does it, which has when it ends. */
function did({ variables, functions: wanted }: Topic, { recording, runs }: Path): Known | null {
  const set = recording.settings.find(({ variable }) => variables.includes(variable));
  if (set) return { what: set.variable, ...named(recording, set, set.callers), instruction: set.instruction };
  for (const [row, { entered }] of runs) {
    const name = recording.functions.name[row]!;
    if (entered === undefined || !wanted.includes(name)) continue;
    const instruction = endOf(recording, row, entered);
    if (instruction !== undefined) return { what: name, function: name, callers: [], instruction };
  }
  return null;
}

/** Retired when a function ended; undefined when the boot ended in it, its entry where the tree does not tell. */
function endOf({ tree, treeSpan }: Recording, row: number, entered: number): number | undefined {
  const node = tree.function.indexOf(row);
  // Calls from one place are counted together.
  if (!treeSpan || node === -1 || tree.count[node] !== 1) return entered;
  const end = tree.first[node]! + tree.total[node]!;
  return end < treeSpan.end ? end : undefined;
}

function named(
  recording: Recording,
  place: RecordedPlace,
  callers: readonly RecordedPlace[],
): Pick<Known, 'function' | 'callers'> {
  return {
    function: nameOf(recording, place.function),
    callers: callers.map(({ function: row }) => nameOf(recording, row)),
  };
}

const nameOf = ({ functions }: Recording, row: number | undefined): string =>
  row === undefined ? '' : functions.name[row]!;
