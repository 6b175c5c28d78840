import type { Path } from '../../compare/path.js';
import type { Recording } from '../../trace/recording.js';
import type { Judged } from './kinds/kind.js';
import { unknownFunction, unknownPlace } from './known-functions.js';

type Names = readonly (string | undefined)[];
type Unknown = (recording: Recording, name: string) => string | undefined;

/** Warns of functions that a rule names and the image does not have: nobody checks what it says of them. */
export const strangeFunctions = (names: Names, paths: readonly Path[]): Iterable<Judged> =>
  strangers(names, paths, unknownFunction);

/** The same of functions that may be waypoints, too. */
export const strangePlaces = (names: Names, paths: readonly Path[]): Iterable<Judged> =>
  strangers(names, paths, unknownPlace);

/** Says of functions that there must be, and that the image does not have, what is not done: "must run". */
export const absentFunctions = (names: Names, must: string, paths: readonly Path[]): Iterable<Judged> =>
  absent(strangeFunctions(names, paths), must, paths);

/** The same of functions that may be waypoints, too. */
export const absentPlaces = (names: Names, must: string, paths: readonly Path[]): Iterable<Judged> =>
  absent(strangePlaces(names, paths), must, paths);

function* strangers(names: Names, [first]: readonly Path[], unknown: Unknown): Generator<Judged> {
  for (const name of first ? new Set(names) : []) {
    const why = name === undefined ? undefined : unknown(first!.recording, name);
    if (why !== undefined) yield { function: name, notKnown: true, severity: 'warning', message: why };
  }
}

function* absent(strange: Iterable<Judged>, must: string, [first]: readonly Path[]): Generator<Judged> {
  // Of an image without symbols it is not known whether it has them.
  const isNamed = first?.recording.symbolsProblem === null;
  for (const one of strange)
    yield isNamed ? { function: one.function, message: `${one.function} ${must}, and ${one.message}` } : one;
}
