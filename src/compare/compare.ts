import type { Recording } from '../trace/recording.js';
import { BehindJoins } from './behind.js';
import { chainOf, joinOf } from './chain.js';
import type { ChainLink, Comparison, Filling, Pair, PathSummary, Sides } from './comparison.js';
import { deadIn } from './dead.js';
import { knowsOn } from './knows.js';
import { type Path, pathsOf } from './path.js';
import { prologueOf } from './prologue.js';
import { sameStateOn } from './same-state.js';
import { savingsOf } from './savings.js';
import { sidesOf } from './sides.js';
import { twiceOn } from './twice.js';

/** Sets recordings of boots beside each other, each pair of them in the order given. */
export function compareRecordings(recordings: readonly Recording[]): Comparison {
  const paths = pathsOf(recordings);
  const chains = new Map<Path, ChainLink[] | null>(paths.map((path) => [path, chainOf(path.recording)]));
  const pairs = paths.flatMap((a, i) => paths.slice(i + 1).map((b) => [a, b] as const));
  const before = pairs.map(([a, b]) => ({ ...named(a, b), ...sidesOf(a.before, b.before) }));
  const whole = pairs.map(([a, b]) => ({
    ...named(a, b),
    init: sidesOf(a.init, b.init),
    other: sidesOf(a.other, b.other),
  }));
  const behind = new BehindJoins(paths, chains);
  const joined = pairs.map(([a, b]) => ({ pair: named(a, b), ...behind.of(a, b) }));
  const images = new Set(recordings.map(({ image }) => image.sha256));
  const joins = pairs.map(([a, b]) => ({ ...named(a, b), at: joinOf(chains.get(a)!, chains.get(b)!) }));
  return {
    schemaVersion: 1,
    same: [...before, ...whole.flatMap(({ init, other }) => [init, other])].every(isEmpty),
    paths: paths.map((path) => summaryOf(path, chains.get(path)!)),
    joins,
    before,
    whole,
    partings: joined.map(({ pair, partings }) => ({ ...pair, at: partings })),
    after: joined.map(({ pair, after }) => ({ ...pair, ...after })),
    twice: twiceOn(paths, chains),
    sameState: sameStateOn(paths, chains),
    knows: knowsOn(paths),
    savings: savingsOf(paths, chains),
    dead: images.size === 1 ? { init: deadIn('init', paths), text: deadIn('text', paths) } : null,
  };
}

function fillingsOf({ zeroPage, functions }: Recording): Filling[] {
  return zeroPage.map(({ writer, by, copiedBy, bytes }) => ({
    by: by ? functions.name[by.function]! : writer,
    copiedBy: copiedBy && functions.name[copiedBy.function]!,
    bytes,
  }));
}

function named(a: Path, b: Path): Pair {
  return { a: a.name, b: b.name };
}

function isEmpty({ onlyA, onlyB, reordered }: Sides): boolean {
  return onlyA.length === 0 && onlyB.length === 0 && reordered.length === 0;
}

function summaryOf({ name, recording }: Path, chain: readonly ChainLink[] | null): PathSummary {
  const { image, boot, verdict, waypoints } = recording;
  const { entry, platform } = boot;
  const prologue = chain && prologueOf(recording, chain[0]!.instruction);
  const zeroPage = fillingsOf(recording);
  return { path: name, image: image.name, entry, platform, verdict, waypoints, prologue, zeroPage, chain };
}
