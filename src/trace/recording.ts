import type { Autopsy } from '../autopsy/autopsy.js';
import type { EntryId } from '../entry/entry.js';
import type { PlatformId } from '../platform/platform.js';
import type { Learned, RecordedFilling, RecordedSetting } from './learned/row.js';
import type { RecordedProbe } from './probes/row.js';
import type { RecordedReach } from './reach/row.js';
import type { RecordedState } from './states/row.js';
import type { RecordedWipe } from './wipes.js';
import type { ObjectColumns, StretchColumns, WriteColumns } from './writes/row.js';

/** Raised whenever the meaning of a recording changes; a reader takes its own version alone. */
export const recordingVersion = 5;

/** Whose code it is. */
export const moduleIds = ['kernel', 'decompressor', 'setup', 'other'] as const;
export type ModuleId = (typeof moduleIds)[number];

/** Where a function lies; `whole`: not a function but all code of a module that no symbol names. */
export const sections = ['text', 'init', 'exit', 'whole'] as const;

/** How control came to a function. */
export const entryKinds = ['root', 'call', 'jump', 'fall', 'exception', 'interrupt', 'switch'] as const;
export type EntryKind = (typeof entryKinds)[number];

/** Behind this function, the last of the common path, the tree tells only initialisers apart, unless it is a deep one. */
export const treeEnd = 'rest_init';

/** All functions of the image's symbols in ascending order of address, behind one row a module for what has no symbol. */
export interface FunctionColumns {
  /** Index in `moduleIds`. */
  readonly module: Uint8Array;
  readonly name: readonly string[];
  /** Other names at the same address. */
  readonly aliases: readonly (readonly string[])[];
  /** Link-time address; 0 for a whole module. */
  readonly address: BigUint64Array;
  /** Bytes up to the next symbol; 0 for a whole module. */
  readonly size: Uint32Array;
  /** Index in `sections`. */
  readonly section: Uint8Array;
}

/** Pieces of code in the order they first ran; one that reaches into the next function is a row of each. */
export interface FirstRunColumns {
  /** Retired before it. */
  readonly instruction: Float64Array;
  /** Row of `FunctionColumns`. */
  readonly function: Uint32Array;
  /** From the function's start; of a whole module from its first byte, of `other` code the physical address. */
  readonly offset: Uint32Array;
  /** Bytes. */
  readonly size: Uint32Array;
}

/** Calling contexts: what one context entered in the same way from the same place is one node. Parents come first. */
export interface TreeColumns {
  /** Node; -1 at a root. */
  readonly parent: Int32Array;
  readonly function: Uint32Array;
  /** Index in `entryKinds`. */
  readonly kind: Uint8Array;
  /** Offset in the parent's function of the instruction it was entered from; -1 at a root. */
  readonly site: Int32Array;
  /** Retired before it was first entered. */
  readonly first: Float64Array;
  /** How often it was entered. */
  readonly count: Uint32Array;
  /** Instructions in the function itself, and with all below it. */
  readonly self: Float64Array;
  readonly total: Float64Array;
}

/** A place that entered something through a static call, which the kernel patches in there. */
export interface RecordedStaticCall {
  /** Row of its function, and the offset in it. */
  readonly function: number;
  readonly offset: number;
  /** `pv_sched_clock`. */
  readonly name: string;
}

export interface RecordedWaypoint {
  readonly name: string;
  /** Retired before it. */
  readonly instruction: number;
  /** Virtual time in ns. */
  readonly time: number;
}

/** One boot, with all that comparing, checking and drawing need of it. */
export interface Recording {
  readonly version: typeof recordingVersion;
  readonly image: {
    readonly name: string;
    readonly sha256: string;
    readonly release: string | null;
  };
  readonly boot: {
    readonly entry: EntryId;
    readonly platform: PlatformId;
    readonly via: 'image' | 'payload';
    /** hardware_subarch. */
    readonly subarch: number;
    readonly commandLine: string;
    /** MiB. */
    readonly memory: number;
    /** Profile, as --cpu names it. */
    readonly cpu: string;
    readonly until: string | null;
  };
  readonly verdict: string;
  readonly stop: string | null;
  readonly cause: string | null;
  /** Why that is the verdict, in a sentence. */
  readonly reason: string;
  /** Of a boot that died before it got where it was to get. */
  readonly autopsy: Autopsy | null;
  readonly instructions: number;
  /** How far KASLR moved the kernel's virtual addresses, as 0x-hex; null where that was not seen. */
  readonly slide: string | null;
  /** Of the machine's state at the end. */
  readonly hash: string | null;
  readonly waypoints: readonly RecordedWaypoint[];
  readonly console: string;
  /** Link-time addresses of the kernel's first byte and behind its last, as 0x-hex; null where the image has none. */
  readonly kernel: { readonly start: string; readonly end: string } | null;
  /** Why functions have no names, in a sentence; null where they have. */
  readonly symbolsProblem: string | null;
  /** Code of programs is counted, not recorded. */
  readonly user: { readonly pieces: number; readonly bytes: number };
  /** What the boot learned, in the order it did; functions by row. */
  readonly learned: readonly Learned[];
  /** When the kernel kept what it had found out, in variables of its own. */
  readonly settings: readonly RecordedSetting[];
  /** Who filled Linux's `boot_params`, at `start_kernel`, most bytes first; empty where that was not reached. */
  readonly zeroPage: readonly RecordedFilling[];
  /** Processor, page tables and tables of operations at the waypoints, in order. */
  readonly states: readonly RecordedState[];
  /** What the kernel believed of its processor where the boot died (`RecordedState.kept`); empty where it did not. */
  readonly keptAtDeath: Readonly<Record<string, string>>;
  /** What was set in .bss and .brk before the kernel cleared them; empty where `start_kernel` was not reached. */
  readonly wipes: readonly RecordedWipe[];
  /** What was asked of the machine, at the waypoints that were reached. */
  readonly probes: readonly RecordedProbe[];
  /** Why there are no tables of operations, in a sentence; null where there are. */
  readonly opsProblem: string | null;
  /** What cannot run by the image's own code and data; null where the kernel was not entered, or there is a problem. */
  readonly reach: RecordedReach | null;
  /** Why that is not known, in a sentence; null where it is. */
  readonly reachProblem: string | null;
  readonly functions: FunctionColumns;
  readonly firstRuns: FirstRunColumns;
  /** The instructions the tree covers, and how many of these are of programs, which are not in it; null without one. */
  readonly treeSpan: { readonly first: number; readonly end: number; readonly user: number } | null;
  readonly tree: TreeColumns;
  /** Of the places from which the tree was entered. */
  readonly staticCalls: readonly RecordedStaticCall[];
  /** Which functions wrote which objects of the kernel's data, and which bytes of these. */
  readonly objects: ObjectColumns;
  readonly writes: WriteColumns;
  readonly stretches: StretchColumns;
}
