import { entryKinds } from '../trace/recording.js';
import { ledOn, Origins } from './after.js';
import { Calls, functionIds, isOneImage } from './calls.js';
import { commonEnd, wayToMeeting } from './chain.js';
import type { ChainLink, Pair, PairAfter, PairPartings } from './comparison.js';
import { Covered } from './covered.js';
import { OpSlots } from './op-slots.js';
import { partingsOf, type Side } from './partings.js';
import type { Path } from './path.js';

const events: ReadonlySet<number> = new Set(
  (['exception', 'interrupt'] as const).map((kind) => entryKinds.indexOf(kind)),
);

/** What is asked of a path in every pair. */
interface Prepared {
  readonly calls: Calls;
  readonly covered: Covered;
  readonly origins: Origins;
}

/** What lies behind the places where paths join: where they part again, and what only one of them runs there. */
export class BehindJoins {
  readonly #prepared: ReadonlyMap<Path, Prepared>;

  constructor(
    paths: readonly Path[],
    readonly chains: ReadonlyMap<Path, readonly ChainLink[] | null>,
  ) {
    const recordings = paths.map(({ recording }) => recording);
    const ids = functionIds(recordings);
    const hasPlaces = isOneImage(recordings);
    this.#prepared = new Map(
      paths.map((path, i) => {
        const calls = new Calls(path.recording, ids[i]!, hasPlaces);
        return [path, { calls, covered: new Covered(path.recording), origins: new Origins(path, calls) }];
      }),
    );
  }

  /** null where the two join nowhere. */
  of(a: Path, b: Path): { partings: PairPartings['at']; after: Omit<PairAfter, keyof Pair> } {
    const common = commonEnd(this.chains.get(a) ?? [], this.chains.get(b) ?? []);
    if (common === 0) return { partings: null, after: { onlyA: null, onlyB: null } };
    const [sideA, sideB] = [this.#side(a, common), this.#side(b, common)];
    const [originsA, originsB] = [this.#prepared.get(a)!.origins, this.#prepared.get(b)!.origins];
    return {
      partings: partingsOf(sideA, sideB),
      after: {
        onlyA: ledOn(originsA, sideA.from, originsB),
        onlyB: ledOn(originsB, sideB.from, originsA),
      },
    };
  }

  #side(path: Path, common: number): Side & { readonly from: number } {
    const { tree } = path.recording;
    const { calls, covered } = this.#prepared.get(path)!;
    const join = wayToMeeting(path.recording).at(-common)!;
    const from = tree.first[join]!;
    const isTask = (node: number): boolean =>
      tree.parent[node] === -1 && tree.first[node]! > from && !events.has(tree.kind[node]!);
    const tasks = [...tree.parent.keys()].filter(isTask);
    return { calls, covered, slots: new OpSlots(path.recording, from), starts: [join, ...tasks], from };
  }
}
