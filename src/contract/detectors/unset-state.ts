import { columnName } from '../../boot/column-name.js';
import type { Path } from '../../compare/path.js';
import { meeting, meetingPoint } from '../../trace/before.js';
import { isPlumbing } from '../../trace/plumbing.js';
import { entryKinds } from '../../trace/recording.js';
import { firstEntries, sourceName } from '../first-entries.js';
import { firstNames } from '../first-names.js';
import { initialiserNames } from '../linux/initialisers.js';
import { isNative } from '../linux/starter.js';
import { nameAll } from '../name-all.js';
import { pathCommand } from '../reproduce.js';
import type { Subject } from '../subject.js';
import type { Detected } from './detector.js';

/** What all paths but Xen PV's run before they meet: new initialisers are put into it. */
const shared = 'x86_64_start_kernel';
/** So many objects are named. */
const most = 6;
const called = new Set(
  ['call', 'jump', 'fall'].map((kind) => (entryKinds as readonly string[]).indexOf(kind)),
);

/** Bytes of an object that were set: offsets, the end not included. */
type Stretch = readonly [start: number, end: number];

/** What a function that `x86_64_start_kernel` calls set before paths met; or that one itself, of what is inlined. */
interface SetBy {
  readonly by: string;
  readonly object: string;
  readonly stretches: Stretch[];
}

/**
 * What all other paths set in `x86_64_start_kernel`, by initialisers that no table knows, and Xen PV, which does not run it, neither sets
 * there nor in a way of its own.
 */
export function* unsetState(subject: Subject): Iterable<Detected> {
  const met = subject.paths.filter(({ recording }) => Number.isFinite(meetingPoint(recording)));
  const others = met.filter(({ recording }) => isNative(recording));
  const [first, ...rest] = others.map(setBeforeMeeting);
  if (!first) return;
  const common = [...first].filter(([key]) => rest.every((other) => other.has(key))).map(([, set]) => set);
  for (const path of met.filter(({ recording }) => !isNative(recording))) {
    const entered = firstEntries(path);
    const unset = common.filter((set) => !entered.has(set.by) && !isSet(path, set));
    for (const by of new Set(unset.map((set) => set.by))) yield forgotten(by, unset, path, others, subject);
  }
}

/** By function and object. */
function setBeforeMeeting(path: Path): Map<string, SetBy> {
  const { objects, writes, functions } = path.recording;
  const end = meetingPoint(path.recording);
  const found = new Map<string, SetBy>();
  const initialisers = initialiserOf(path);
  const stretches = stretchesOf(path);
  for (const [write, row] of writes.function.entries()) {
    if (writes.first[write]! >= end || !isNews(path, write)) continue;
    const by = initialisers(functions.name[row]!);
    if (by === undefined || initialiserNames.has(by)) continue;
    const object = objects.name[writes.object[write]!]!;
    const key = JSON.stringify([by, object]);
    const known = found.get(key) ?? { by, object, stretches: [] };
    known.stretches.push(...(stretches.get(write) ?? []));
    found.set(key, known);
  }
  return found;
}

/** It wrote something that is not zero, which was not there. */
const isNews = ({ recording: { writes } }: Path, write: number): boolean =>
  writes.nonZero[write] === 1 && writes.changed[write] === 1;

function stretchesOf({ recording: { stretches } }: Path): Map<number, Stretch[]> {
  const found = new Map<number, Stretch[]>();
  for (const [i, write] of stretches.write.entries())
    found.set(write, [...(found.get(write) ?? []), [stretches.start[i]!, stretches.end[i]!]]);
  return found;
}

/** The function that `shared` called and that came to call another one, by the first context that one was entered in. */
function initialiserOf({ recording: { tree, functions } }: Path): (name: string) => string | undefined {
  const names = functions.name.map(sourceName);
  const first = new Map<string, number>();
  for (const [node, row] of tree.function.entries())
    if (!first.has(functions.name[row]!)) first.set(functions.name[row]!, node);
  return (name) => {
    let found: string | undefined = sourceName(name);
    if (found === shared) return found;
    for (let node = first.get(name) ?? -1; node !== -1; node = tree.parent[node]!) {
      const own = names[tree.function[node]!]!;
      if (own === shared) return found;
      if (!called.has(tree.kind[node]!)) return undefined;
      if (!isPlumbing(own)) found = own;
    }
    return undefined;
  };
}

/** Somebody on a path set any of these bytes, as far as that one was recorded. */
function isSet(path: Path, { object, stretches }: SetBy): boolean {
  const { objects, writes } = path.recording;
  const own = stretchesOf(path);
  return writes.object.some((row, write) => {
    if (objects.name[row] !== object || !isNews(path, write)) return false;
    return (own.get(write) ?? []).some(([start, end]) =>
      stretches.some(([from, to]) => start < to && from < end),
    );
  });
}

function forgotten(
  by: string,
  unset: readonly SetBy[],
  path: Path,
  others: readonly Path[],
  subject: Subject,
): Detected {
  const objects = [...new Set(unset.filter((set) => set.by === by).map(({ object }) => object))];
  const what = by === shared ? `What is inlined in ${shared}` : `${by}, which ${shared} calls,`;
  return {
    severity: 'warning',
    entry: columnName(path.recording.boot),
    function: by,
    instruction: meetingPoint(path.recording),
    message: `${what} sets ${firstNames(objects, most)} on every other path before ${meeting}, and nobody does on this one, which does not run it: a new initialiser that was put into one list of calls alone.`,
    other: `${nameAll(others)}: it is set.`,
    confidence: 'likely',
    reproduce: pathCommand('trace', subject, path, ['--until rest_init']),
  };
}
