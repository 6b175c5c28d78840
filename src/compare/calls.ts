import { childrenOf } from '../trace/children.js';
import { isPlumbing } from '../trace/plumbing.js';
import { entryKinds, type Recording, treeEnd } from '../trace/recording.js';

/** How a function comes to enter another one; an exception or an interrupt is not its doing. */
const ownKinds: ReadonlySet<number> = new Set(
  (['call', 'jump', 'fall'] as const).map((kind) => entryKinds.indexOf(kind)),
);

/** Behind `treeEnd` calls are told apart down to the initialisers, which this one calls, and below these in deep recordings alone. */
const callsInitialisers = 'do_one_initcall';

/** A function that a context entered, what is plumbing between them passed over. */
export interface Callee {
  /** Of the tree. */
  readonly node: number;
  /** Offset in the entering function; 0 for all where places cannot be compared. */
  readonly site: number;
  /** Plumbing that led there: thunks, trampolines of static calls. */
  readonly through: readonly string[];
}

/** Who entered whom on one path, and from where. Functions have numbers that mean the same on every path. */
export class Calls {
  /** Instructions retired before calls were no more told apart but on the way to initialisers; infinite where they always were. */
  readonly toldUntil: number;
  readonly #children: readonly (readonly number[])[];
  /** By row: a named function, which plumbing and code without symbols are not. */
  readonly #isFunction: readonly boolean[];
  readonly #rows = new Map<number, number>();
  /** By row, then offset: what is called there is patched in. */
  readonly #staticCalls = new Map<number, Map<number, string>>();
  /** By function and place: all that was ever entered from there. */
  readonly #entered = new Map<number, Map<number, Set<number>>>();

  constructor(
    readonly recording: Recording,
    /** Numbers of its rows. */
    readonly ids: ArrayLike<number>,
    /** Of the same image as the others, so that an offset is the same place. */
    readonly hasPlaces: boolean,
  ) {
    const { tree, functions } = recording;
    this.#isFunction = functions.name.map((name, row) => functions.size[row]! > 0 && !isPlumbing(name));
    this.#children = childrenOf(tree.parent);
    for (const { function: row, offset, name } of recording.staticCalls) {
      const inRow = this.#staticCalls.get(row) ?? new Map<number, string>();
      this.#staticCalls.set(row, inRow.set(offset, name));
    }
    for (const row of tree.function) this.#rows.set(ids[row]!, row);
    for (let node = 0; node < tree.parent.length; node++) {
      if (!this.isFunction(node)) continue;
      for (const callee of this.callees(node)) {
        const places = this.#placesOf(this.id(node));
        const known = places.get(callee.site);
        if (known) known.add(this.id(callee.node));
        else places.set(callee.site, new Set([this.id(callee.node)]));
      }
    }
    this.toldUntil = this.#toldUntil();
  }

  id(node: number): number {
    return this.ids[this.recording.tree.function[node]!]!;
  }

  /** Row of a function in the tree. */
  row(id: number): number {
    return this.#rows.get(id)!;
  }

  /** The static call at a place. */
  staticCall(id: number, site: number): string | undefined {
    return this.hasPlaces ? this.#staticCalls.get(this.row(id))?.get(site) : undefined;
  }

  /** Whether a node is a named function's. */
  isFunction(node: number): boolean {
    return this.#isFunction[this.recording.tree.function[node]!]!;
  }

  /** Whether a function entered another from a place, in whatever context. */
  hasEntered(from: number, site: number, to: number): boolean {
    return this.#entered.get(from)?.get(site)?.has(to) === true;
  }

  /** What a context entered, in order. */
  callees(node: number): Callee[] {
    const { tree, functions } = this.recording;
    const found: Callee[] = [];
    const visit = (at: number, site: number | undefined, through: readonly string[]): void => {
      for (const child of this.#children[at]!) {
        if (!ownKinds.has(tree.kind[child]!)) continue;
        const place = site ?? (this.hasPlaces ? tree.site[child]! : 0);
        if (this.isFunction(child)) found.push({ node: child, site: place, through });
        else visit(child, place, [...through, functions.name[tree.function[child]!]!]);
      }
    };
    visit(node, undefined, []);
    return found;
  }

  #toldUntil(): number {
    const { tree, functions, waypoints } = this.recording;
    const end = waypoints.find(({ name }) => name === treeEnd)?.instruction ?? Number.POSITIVE_INFINITY;
    const isDeep = tree.parent.some(
      (parent, node) =>
        parent !== -1 &&
        functions.name[tree.function[parent]!] === callsInitialisers &&
        tree.first[node]! >= end &&
        this.isFunction(node) &&
        this.callees(node).length > 0,
    );
    return isDeep ? Number.POSITIVE_INFINITY : end;
  }

  #placesOf(id: number): Map<number, Set<number>> {
    let places = this.#entered.get(id);
    if (!places) this.#entered.set(id, (places = new Map()));
    return places;
  }
}

/** Numbers for the functions of several recordings: of one image by row, of several by name. */
export function functionIds(recordings: readonly Recording[]): ArrayLike<number>[] {
  if (isOneImage(recordings)) return recordings.map(({ functions }) => functions.name.map((_, row) => row));
  const ids = new Map<string, number>();
  const idOf = (name: string): number => {
    const known = ids.get(name) ?? ids.size;
    ids.set(name, known);
    return known;
  };
  return recordings.map(({ functions }) => functions.name.map(idOf));
}

export function isOneImage(recordings: readonly Recording[]): boolean {
  return new Set(recordings.map(({ image }) => image.sha256)).size === 1;
}
