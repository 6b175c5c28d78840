import { moduleIds, type Recording, recordingVersion, sections } from '../../src/trace/recording.js';
import { objectSections } from '../../src/trace/writes/row.js';

/** A function that ran: name, instruction at which it did, offset and size of what ran. */
export type Ran = readonly [name: string, instruction: number, offset?: number, size?: number];

/** A function that wrote bytes of an object: these, from an offset up to another, and when first. */
export type Wrote = readonly [object: string, by: string, start: number, end: number, first: number];

export interface Made {
  readonly entry?: Recording['boot']['entry'];
  readonly platform?: Recording['boot']['platform'];
  /** Names of the functions of the image, each of 16 bytes, those of init text first by `init:`. */
  readonly functions?: readonly string[];
  readonly ran?: readonly Ran[];
  readonly waypoints?: Recording['waypoints'];
  readonly states?: Recording['states'];
  readonly keptAtDeath?: Recording['keptAtDeath'];
  readonly wipes?: Recording['wipes'];
  readonly probes?: Recording['probes'];
  readonly learned?: Recording['learned'];
  readonly settings?: Recording['settings'];
  readonly zeroPage?: Recording['zeroPage'];
  readonly opsProblem?: string;
  /** Names of what nothing leads to from the first function; nothing is known of it without. */
  readonly unreachable?: readonly string[];
  /** Function, offset and name of each. */
  readonly staticCalls?: readonly (readonly [name: string, offset: number, called: string])[];
  /** What is written is 1, and was 0. */
  readonly wrote?: readonly Wrote[];
  /** Nodes of the tree: function, parent, kind, and offset in the parent's function. */
  readonly tree?: readonly (readonly [name: string, parent: number, kind: number, site?: number])[];
}

/** A small recording by hand. */
export function makeRecording(made: Made = {}): Recording {
  const {
    entry = 'linux64',
    platform = 'bare',
    functions = [],
    ran = [],
    waypoints = [],
    tree = [],
    wrote = [],
  } = made;
  const names = functions.map((name) => name.replace(/^init:/, ''));
  const whole = moduleIds.length;
  const count = whole + names.length;
  const row = (name: string): number => whole + names.indexOf(name);
  const objects = [...new Set(wrote.map(([object]) => object))];
  return {
    version: recordingVersion,
    image: { name: 'vmlinuz', sha256: '0'.repeat(64), release: '6.12' },
    boot: {
      entry,
      platform,
      via: 'image',
      subarch: 0,
      commandLine: '',
      memory: 512,
      cpu: 'x86-64',
      until: null,
    },
    verdict: 'userspace',
    stop: 'power-off',
    cause: null,
    reason: '',
    autopsy: null,
    instructions: 1000,
    slide: null,
    hash: null,
    waypoints,
    console: 'Linux\n',
    kernel: { start: '0xffffffff81000000', end: '0xffffffff82000000' },
    symbolsProblem: null,
    user: { pieces: 0, bytes: 0 },
    learned: made.learned ?? [],
    settings: made.settings ?? [],
    zeroPage: made.zeroPage ?? [],
    states: made.states ?? [],
    keptAtDeath: made.keptAtDeath ?? {},
    wipes: made.wipes ?? [],
    probes: made.probes ?? [],
    opsProblem: made.opsProblem ?? null,
    reach: made.unreachable ? { entry: whole, unreachable: made.unreachable.map(row) } : null,
    reachProblem: made.unreachable ? null : 'it was not asked for',
    staticCalls: (made.staticCalls ?? []).map(([name, offset, called]) => ({
      function: row(name),
      offset,
      name: called,
    })),
    functions: {
      module: Uint8Array.from({ length: count }, (_, i) => (i < whole ? i : 0)),
      name: [...moduleIds.map((id) => `(${id})`), ...names],
      aliases: Array.from({ length: count }, () => []),
      address: BigUint64Array.from({ length: count }, (_, i) =>
        i < whole ? 0n : 0xffffffff81000000n + BigInt(i - whole) * 16n,
      ),
      size: Uint32Array.from({ length: count }, (_, i) => (i < whole ? 0 : 16)),
      section: Uint8Array.from({ length: count }, (_, i) =>
        sections.indexOf(i < whole ? 'whole' : functions[i - whole]!.startsWith('init:') ? 'init' : 'text'),
      ),
    },
    firstRuns: {
      instruction: Float64Array.from(ran, ([, instruction]) => instruction),
      function: Uint32Array.from(ran, ([name]) => row(name)),
      offset: Uint32Array.from(ran, ([, , offset = 0]) => offset),
      size: Uint32Array.from(ran, ([, , , size = 4]) => size),
    },
    treeSpan: tree.length > 0 ? { first: 0, end: 1000, user: 0 } : null,
    tree: {
      parent: Int32Array.from(tree, ([, parent]) => parent),
      function: Uint32Array.from(tree, ([name]) => row(name)),
      kind: Uint8Array.from(tree, ([, , kind]) => kind),
      site: Int32Array.from(tree, ([, , , site = 0]) => site),
      first: Float64Array.from(tree, (_, i) => i),
      count: Uint32Array.from(tree, () => 1),
      self: Float64Array.from(tree, () => 1),
      total: Float64Array.from(tree, () => 1),
    },
    objects: {
      name: objects,
      address: BigUint64Array.from(objects, (_, i) => 0xffffffff82000000n + BigInt(i) * 64n),
      size: Uint32Array.from(objects, () => 64),
      section: Uint8Array.from(objects, () => objectSections.indexOf('data')),
    },
    writes: {
      object: Uint32Array.from(wrote, ([object]) => objects.indexOf(object)),
      function: Uint32Array.from(wrote, ([, by]) => row(by)),
      first: Float64Array.from(wrote, ([, , , , first]) => first),
      last: Float64Array.from(wrote, ([, , , , first]) => first),
      nonZero: Uint8Array.from(wrote, () => 1),
      changed: Uint8Array.from(wrote, () => 1),
    },
    stretches: {
      write: Uint32Array.from(wrote, (_, i) => i),
      start: Uint32Array.from(wrote, ([, , start]) => start),
      end: Uint32Array.from(wrote, ([, , , end]) => end),
    },
  };
}
