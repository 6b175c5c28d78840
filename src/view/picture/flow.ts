import type { PathSummary } from '../../compare/comparison.js';

/** A function on the way of one path or of several, and where the picture has it. */
export interface Stop {
  readonly name: string;
  /** What ran before the kernel: nothing of it is common to two paths. */
  readonly isPrologue: boolean;
  readonly paths: readonly string[];
  readonly column: number;
  readonly row: number;
  /** Where control goes from here; undefined at the end. */
  readonly next: Stop | undefined;
  /** Instructions until it does: the least and the most of the paths. */
  readonly least: number;
  readonly most: number;
}

/** The line of a path. */
export interface Lane {
  readonly path: PathSummary;
  readonly row: number;
  /** Where it begins; undefined where it did not get to the common end. */
  readonly first: Stop | undefined;
}

/** How paths flow together. */
export interface Flow {
  readonly lanes: readonly Lane[];
  /** Those before come first. */
  readonly stops: readonly Stop[];
  readonly columns: number;
}

interface Step {
  readonly name: string;
  readonly instructions: number;
  readonly isPrologue: boolean;
}

interface Track {
  readonly path: PathSummary;
  readonly steps: readonly Step[];
}

/** Lays out the paths: from the left to where they all end, each common end of theirs drawn once. */
export function flowOf(paths: readonly PathSummary[]): Flow {
  const tracks = paths.flatMap((path) => (path.chain ? [{ path, steps: stepsOf(path) }] : []));
  const columns = Math.max(0, ...tracks.map(({ steps }) => steps.length));
  const builder = new Builder(columns);
  // Every chain ends with the same function.
  if (tracks.length > 0) builder.add(tracks, 0, undefined);
  const lost = paths.filter(({ chain }) => !chain);
  const lanes = [
    ...builder.lanes,
    ...lost.map((path, i) => ({ path, row: builder.lanes.length + i, first: undefined })),
  ];
  return { lanes, stops: builder.stops.reverse(), columns };
}

function stepsOf({ chain, prologue }: PathSummary): Step[] {
  const links = chain!.map(({ function: name, instructions }) => ({ name, instructions, isPrologue: false }));
  if (!prologue) return links;
  const name = prologue.modules.join(', ') || 'before the kernel';
  return [{ name, instructions: prologue.instructions, isPrologue: true }, ...links];
}

class Builder {
  readonly lanes: Lane[] = [];
  /** Those behind come first. */
  readonly stops: Stop[] = [];

  constructor(readonly columns: number) {}

  /** The stop that is `depth` from the end of tracks that have it in common, and all before it. */
  add(tracks: readonly Track[], depth: number, next: Stop | undefined): void {
    const here = tracks.map(({ steps }) => steps.at(-1 - depth)!);
    const counts = here.map(({ instructions }) => instructions);
    const isOwn = tracks.length === 1;
    const stop: Stop = {
      name: here[0]!.name,
      isPrologue: here[0]!.isPrologue,
      paths: tracks.map(({ path }) => path.path),
      // What is one path's alone stands on the left, where that begins.
      column: isOwn ? tracks[0]!.steps.length - 1 - depth : this.columns - 1 - depth,
      row: this.lanes.length,
      next,
      least: Math.min(...counts),
      most: Math.max(...counts),
    };
    this.stops.push(stop);
    const groups = new Map<string, Track[]>();
    for (const track of tracks) {
      const before = track.steps.at(-2 - depth);
      const key = !before || before.isPrologue ? `=${track.path.path}` : before.name;
      groups.set(key, [...(groups.get(key) ?? []), track]);
    }
    // The widest stream goes straight on; what joins earlier stands nearer to it, so that no two lines cross.
    const longest = (group: readonly Track[]): number => Math.max(...group.map(({ steps }) => steps.length));
    const ordered = [...groups.values()].sort((a, b) => b.length - a.length || longest(b) - longest(a));
    for (const group of ordered) {
      const [{ path, steps }] = group as [Track];
      if (steps.length - 1 > depth) this.add(group, depth + 1, stop);
      else this.lanes.push({ path, row: this.lanes.length, first: stop });
    }
  }
}
