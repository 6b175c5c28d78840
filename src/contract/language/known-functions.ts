import { waypointNames } from '../../boot/waypoints.js';
import type { Path } from '../../compare/path.js';
import { didYouMean } from '../../core/similar.js';
import { wholeName } from '../../image/symbols/compiled-name.js';
import type { Recording } from '../../trace/recording.js';
import { isWaypoint } from './names.js';

const tables = new WeakMap<Recording, ReadonlyMap<string, readonly number[]>>();

/** Rows of a function in a recording's table, several where static functions share the name; none where the image has no symbol for it. */
export function rowsOf(recording: Recording, name: string): readonly number[] {
  let table = tables.get(recording);
  if (!table) tables.set(recording, (table = byName(recording)));
  return table.get(name) ?? [];
}

function byName({ functions }: Recording): Map<string, number[]> {
  const table = new Map<string, number[]>();
  for (const [row, name] of functions.name.entries()) {
    if (functions.size[row] === 0) continue;
    for (const each of [name, ...functions.aliases[row]!]) {
      const plain = wholeName(each);
      const rows = table.get(plain);
      if (!rows) table.set(plain, [row]);
      else if (rows.at(-1) !== row) rows.push(row);
    }
  }
  return table;
}

/** Instructions retired before any code of a function ran on a path; undefined where none did. */
export function firstOf({ recording, runs }: Path, name: string): number | undefined {
  const first = rowsOf(recording, name).flatMap((row) => {
    const run = runs.get(row);
    return run ? [run.entered ?? run.instruction] : [];
  });
  return first.length === 0 ? undefined : Math.min(...first);
}

/** When a waypoint was reached or a function entered, the first time. */
export function momentOf(path: Path, name: string): number | undefined {
  return (
    path.recording.waypoints.find((waypoint) => waypoint.name === name)?.instruction ?? firstOf(path, name)
  );
}

/** How often a function was entered where calls are told apart; undefined where there is no tree or it was entered behind that. */
export function timesOf(path: Path, name: string): number | undefined {
  const { treeSpan, tree } = path.recording;
  const rows = new Set(rowsOf(path.recording, name));
  const first = firstOf(path, name);
  if (!treeSpan || first === undefined || first < treeSpan.first || first >= treeSpan.end) return undefined;
  let times = 0;
  for (const [node, row] of tree.function.entries()) if (rows.has(row)) times += tree.count[node]!;
  return times;
}

/** Why nothing can be said of a function, in a sentence's end; undefined where it can. */
export function unknownFunction(recording: Recording, name: string): string | undefined {
  if (rowsOf(recording, name).length > 0) return undefined;
  if (recording.symbolsProblem !== null) return `what ran has no names: ${recording.symbolsProblem}`;
  const guess = didYouMean(name, [...waypointNames, ...tables.get(recording)!.keys()]);
  return `the image has no symbol '${name}': not built, inlined everywhere${guess ? `, or misspelt: ${guess}` : ' or misspelt'}`;
}

/** The same of what may be a waypoint, too. */
export const unknownPlace = (recording: Recording, name: string): string | undefined =>
  isWaypoint(name) ? undefined : unknownFunction(recording, name);
