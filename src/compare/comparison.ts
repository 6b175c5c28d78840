import type { ModuleId, RecordedWaypoint } from '../trace/recording.js';

/** One boot of a comparison. */
export interface PathSummary {
  /** How the rest of the comparison names it: entry, or entry/platform, where that alone is ambiguous with more behind it. */
  readonly path: string;
  readonly image: string;
  readonly entry: string;
  readonly platform: string;
  readonly verdict: string;
  readonly waypoints: readonly RecordedWaypoint[];
  /** What ran before the kernel's first function, by module; null where nothing did or the chain is not known. */
  readonly prologue: Prologue | null;
  /** Who filled the zero page; empty where `start_kernel` was not reached. */
  readonly zeroPage: readonly Filling[];
  /** The chain of calls that leads to `start_kernel`; null when the boot did not get there or nothing names its functions. */
  readonly chain: readonly ChainLink[] | null;
}

export interface Prologue {
  readonly modules: readonly ModuleId[];
  readonly instructions: number;
}

/** Bytes of the zero page that are not zero at `start_kernel`. */
export interface Filling {
  /** The function that wrote them, a module in brackets, or who did before the processor ran: `loader`. */
  readonly by: string;
  /** The function that copied them to where the kernel keeps them; null: they were written there. */
  readonly copiedBy: string | null;
  readonly bytes: number;
}

/** A function on the way to `start_kernel`. */
export interface ChainLink {
  readonly function: string;
  /** How control came to it. */
  readonly kind: string;
  /** Retired before it was entered. */
  readonly instruction: number;
  /** Retired from there until the next link is entered; 0 for the last. */
  readonly instructions: number;
}

/** Where two paths join: the first function of the longest end that their chains have in common. */
export interface Join {
  readonly a: string;
  readonly b: string;
  readonly at: string | null;
}

/** Functions of two paths. */
export interface Sides {
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  /** How many both have. */
  readonly both: number;
  /** Of these, the fewest whose removal leaves the same order. */
  readonly reordered: readonly string[];
}

export interface Pair {
  readonly a: string;
  readonly b: string;
}

/**
 * What decided which way a path went: a member of a table of operations (several where more than one held the same), a static call,
 * some other pointer, since different functions were entered from one place, or a branch, since one was or was not. Not known of
 * different images, whose places cannot be compared.
 */
export interface Decision {
  readonly kind: 'table' | 'static-call' | 'pointer' | 'branch' | 'unknown';
  /** Of the tables' members or the static call. */
  readonly names: readonly string[];
}

/** A place in common code from which one of two paths entered what the other never did from there. */
export interface Parting {
  readonly function: string;
  /** Link-time address of the call, jump or fall, as 0x-hex, and its offset in the function; null of different images. */
  readonly site: string | null;
  readonly offset: number | null;
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly by: Decision;
  /** Retired before that was first entered; null where nothing was. */
  readonly instruction: { readonly a: number | null; readonly b: number | null };
}

export interface PairPartings extends Pair {
  /** In the order in which the first path came to these functions; null where the two join nowhere. */
  readonly at: readonly Parting[] | null;
}

/**
 * How functions were led to: by calls; after an initialiser was entered below which calls are not told apart, and before the next one
 * was, by it or by what other tasks did then; by an exception or interrupt, which nobody calls; or it is not known.
 */
export type LedHow = 'calls' | 'during' | 'exception' | 'interrupt' | 'unknown';

/** Functions that one of two paths alone ran, under the nearest function above them that both ran. */
export interface Led {
  readonly under: string | null;
  readonly how: LedHow;
  readonly functions: readonly string[];
}

export interface PairAfter extends Pair {
  /** null where the two join nowhere. */
  readonly onlyA: readonly Led[] | null;
  readonly onlyB: readonly Led[] | null;
}

/** An initialiser that a path entered from several functions, or from one that it entered from several. */
export interface Twice {
  readonly path: string;
  readonly function: string;
  readonly callers: readonly string[];
  /** How often it was entered, and how often of that before the path met one that begins otherwise. */
  readonly runs: number;
  readonly inStub: number;
  /**
   * `stub`: there, and again behind it; else `more`: another path enters it, and less often; `every`: each path that got as far
   * enters it as often; `some`: others do not enter it; `alone`: no other path got as far, so that nothing can be said.
   */
  readonly again: (typeof againKinds)[number];
}

export const againKinds = ['stub', 'more', 'some', 'every', 'alone'] as const;

/** A function that wrote an object, on one path. */
export interface StateWriter {
  readonly path: string;
  readonly function: string;
  /** Retired before it first did, and whether that was before the path met one that begins otherwise. */
  readonly instruction: number;
  readonly inStub: boolean;
}

/** An object of the kernel's data of which different functions wrote the same bytes. */
export interface SameState {
  /** Symbol. */
  readonly object: string;
  /** `stub`: there, by what does nothing behind it, and again behind it; `paths`: in the stub of one path and on another. */
  readonly again: (typeof sameKinds)[number];
  readonly writers: readonly StateWriter[];
}

export const sameKinds = ['stub', 'paths'] as const;

/** Functions that nothing leads to, and their bytes. */
export interface Unreachable {
  readonly functions: readonly string[];
  readonly bytes: number;
}

/** What of a part of the image ran where. */
export interface Dead {
  readonly functions: number;
  readonly bytes: number;
  /** What no boot of the comparison ran, and what only one did; that it cannot run is another claim. */
  readonly observed: {
    readonly none: readonly string[];
    readonly noneBytes: number;
    readonly all: number;
    readonly only: Readonly<Record<string, readonly string[]>>;
  };
  /**
   * What the image's code and data do not lead to from where a path enters the kernel: on each path, and on all of them. It says
   * nothing of what ran. null where that is not known of a path.
   */
  readonly static: {
    readonly none: Unreachable;
    readonly from: Readonly<Record<string, Unreachable>>;
  } | null;
}

/** When something was known. */
export interface Known {
  /** What told it: an entry, a field, a leaf, a call; or where it was kept: a variable or a function. */
  readonly what: string;
  readonly function: string;
  /** Who called that function, the nearest first, as far as is known. */
  readonly callers: readonly string[];
  /** Retired before. */
  readonly instruction: number;
}

/** Who knows what, when. */
export interface Knows {
  readonly topic: string;
  /** By path: when the kernel was first told, and when it first kept it; null where that was not seen. */
  readonly paths: Readonly<Record<string, { readonly could: Known | null; readonly did: Known | null }>>;
}

/** Functions and their sizes in bytes. */
export interface Share {
  readonly bytes: number;
  readonly sizes: Readonly<Record<string, number>>;
}

/** What a path does before it meets another one. */
export interface StubSummary {
  readonly path: string;
  /** The first function from which another path has the same chain; null where none has. */
  readonly meets: string | null;
  /** Retired before that. */
  readonly instructions: number;
  readonly functions: number;
  readonly bytes: number;
  /** Functions that ask what an entry could say; of the others, those that another path enters before `start_kernel`, too; the rest. */
  readonly asks: Share;
  readonly same: Share;
  readonly own: Share;
}

/** What one entry with a hypervisor type and a data pointer would leave of the stubs; functions that several have count once. */
export interface Savings {
  readonly stubs: readonly StubSummary[];
  readonly forOne: { readonly told: Share; readonly shared: Share };
  /** `free`: the paths that do nothing before they meet another. */
  readonly forSeveral: { readonly stays: Share; readonly free: readonly string[] };
}

/** Boot paths beside each other: schema/paths.schema.json. */
export interface Comparison {
  readonly schemaVersion: 1;
  /** True when no two paths differ in what they ran. */
  readonly same: boolean;
  readonly paths: readonly PathSummary[];
  readonly joins: readonly Join[];
  /** Functions first entered before `start_kernel`. */
  readonly before: readonly (Pair & Sides)[];
  /** Functions of whole boots. */
  readonly whole: readonly (Pair & { readonly init: Sides; readonly other: Sides })[];
  /** Behind the joins: where paths part again in common code, and what only one of them ran. */
  readonly partings: readonly PairPartings[];
  readonly after: readonly PairAfter[];
  readonly twice: readonly Twice[];
  readonly sameState: readonly SameState[];
  readonly knows: readonly Knows[];
  readonly savings: Savings;
  /** null where the recordings are of different images. */
  readonly dead: { readonly init: Dead; readonly text: Dead } | null;
}
