import { treeEnd } from '../trace/recording.js';
import { commonEnd } from './chain.js';
import type { ChainLink, SameState, StateWriter } from './comparison.js';
import { type ObjectWriter, writersOf } from './object-writers.js';
import type { Path } from './path.js';
import { type Chains, stubEnd } from './stub-end.js';

/** A path and what it wrote. */
interface Writing {
  readonly path: Path;
  readonly chain: readonly ChainLink[] | null;
  /** Retired before it met a path that begins otherwise. */
  readonly end: number;
  readonly writers: ReadonlyMap<string, readonly ObjectWriter[]>;
  /** Whether calls were told apart as far as they are of any boot. */
  readonly isWhole: boolean;
}

/** Objects that different functions filled: in a stub and again behind the join, and in the stub of one path and on another. */
export function sameStateOn(paths: readonly Path[], chains: Chains): SameState[] {
  const recordings = paths.map(({ recording }) => recording);
  const isOneImage = new Set(recordings.map(({ image }) => image.sha256)).size === 1;
  const all = paths.map((path) => ({
    path,
    chain: chains.get(path) ?? null,
    end: stubEnd(path, chains),
    writers: writersOf(path.recording, isOneImage),
    isWhole: path.recording.waypoints.some(({ name }) => name === treeEnd),
  }));
  const pairs = all.flatMap((a, i) => all.slice(i + 1).map((b) => [a, b] as const));
  return [
    ...byObject(
      'stub',
      all.map((each) => againOn(each)),
    ),
    ...byObject(
      'paths',
      pairs.map(([a, b]) => apart(a, b)),
    ),
  ];
}

interface FoundWriter {
  readonly on: Writing;
  readonly writer: ObjectWriter;
  readonly inStub: boolean;
}

/** By object. */
type Found = ReadonlyMap<string, readonly FoundWriter[]>;

/** What the stub alone does and what only follows it, where they write the same bytes. */
function againOn(on: Writing): Found {
  const rows = [...on.writers].map(([object, writers]) => {
    const stub = writers.filter(({ entered }) => entered && entered.last < on.end);
    const behind = writers.filter(
      ({ entered, first }) => entered && Math.min(entered.first, first) >= on.end,
    );
    const both = overlapping(stub, behind);
    return [object, both.map((writer) => ({ on, writer, inStub: stub.includes(writer) }))] as const;
  });
  return new Map(rows.filter(([, found]) => found.length > 0));
}

/** Functions that one of two paths alone ran, where they write the same bytes, one of them before the two meet. */
function apart(a: Writing, b: Writing): Found {
  const common = a.chain && b.chain ? commonEnd(a.chain, b.chain) : 0;
  if (common === 0) return new Map();
  const meet = (path: Writing): number => path.chain!.at(-common)!.instruction;
  const found = (path: Writing, other: Writing, object: string): FoundWriter[] =>
    (path.writers.get(object) ?? [])
      .map((writer) => ({ on: path, writer, inStub: writer.first < meet(path) }))
      // What one that ended early would have run behind is not known.
      .filter(({ writer, inStub }) => !other.path.names.has(writer.name) && (inStub || other.isWhole));
  const rows = [...a.writers.keys()].map((object) => {
    const [onlyA, onlyB] = [found(a, b, object), found(b, a, object)];
    const meets = (one: FoundWriter, others: readonly FoundWriter[]): boolean =>
      others.some((two) => (one.inStub || two.inStub) && overlap(one.writer, two.writer));
    const both = [...onlyA.filter((one) => meets(one, onlyB)), ...onlyB.filter((one) => meets(one, onlyA))];
    return [object, both] as const;
  });
  return new Map(rows.filter(([, both]) => both.length > 0));
}

/** Those on either side that have bytes in common with one on the other. */
function overlapping(a: readonly ObjectWriter[], b: readonly ObjectWriter[]): ObjectWriter[] {
  return [
    ...a.filter((one) => b.some((two) => overlap(one, two))),
    ...b.filter((two) => a.some((one) => overlap(one, two))),
  ];
}

function overlap(one: ObjectWriter, two: ObjectWriter): boolean {
  return one.stretches.some(([start, end]) => two.stretches.some(([from, to]) => start < to && from < end));
}

function byObject(again: SameState['again'], found: readonly Found[]): SameState[] {
  const rows = new Map<string, Map<string, StateWriter>>();
  const names = new Map<string, string>();
  for (const [object, writers] of found.flatMap((each) => [...each])) {
    const row = rows.get(object) ?? new Map<string, StateWriter>();
    rows.set(object, row);
    for (const { on, writer, inStub } of writers) {
      names.set(object, writer.object);
      const key = `${on.path.name} ${writer.name}`;
      row.set(key, {
        path: on.path.name,
        function: writer.name,
        instruction: writer.first,
        inStub: inStub || row.get(key)?.inStub === true,
      });
    }
  }
  return [...rows].map(([object, writers]) => ({
    object: names.get(object)!,
    again,
    writers: [...writers.values()],
  }));
}
