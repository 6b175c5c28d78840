import { KernelPlace } from '../autopsy/kernel-place.js';
import { type BootResult, boot } from '../boot/boot.js';
import { chooseWay } from '../boot/choose.js';
import { type BootControl, type BootOptions, defaultMemory } from '../boot/options.js';
import { hex, ImageError, StartError } from '../core/errors.js';
import type { Btf } from '../image/btf/btf.js';
import { readBtf } from '../image/btf/read.js';
import { type Image, kernelElf } from '../image/image.js';
import { kernelRelease } from '../image/kernel-release.js';
import { readSymbols } from '../image/symbols/read.js';
import type { Machine } from '../machine/machine.js';
import type { PlatformInstance } from '../platform/platform.js';
import { meeting } from './before.js';
import { CodeMap } from './code-map.js';
import { firstRunColumns } from './first-run-columns.js';
import { RawRuns } from './first-runs.js';
import { FunctionTable } from './function-table.js';
import { Learner } from './learned/learner.js';
import { NodeTable } from './node-table.js';
import { ProbeObserver } from './probes/observer.js';
import type { Probe } from './probes/row.js';
import { reachProblem, recordedReach } from './reach/recorded.js';
import { type Recording, recordingVersion, treeEnd } from './recording.js';
import { StateObserver } from './states/observer.js';
import { staticCallsIn } from './static-calls.js';
import { TreeRecorder } from './tree-recorder.js';
import { Wipes } from './wipes.js';
import { WriteWatch } from './writes/write-watch.js';
import { writesBy } from './writes/writes-by.js';

/** The lowest address of a kernel's own space: Linux's __START_KERNEL_map, and __PAGE_OFFSET of i386. */
const kernelFloor = { 32: 0xc0000000, 64: -0x80000000 } as const;
/** The first function of a kernel, where something else ran before. */
const beginnings = ['startup_64', 'startup_32'];

export interface Traced {
  readonly recording: Recording;
  readonly result: BootResult;
}

export interface TraceOptions extends BootOptions {
  /** Calls are told apart to the end of the boot, not only up to `rest_init`. */
  readonly deep?: boolean;
  /** False: no calls are told, which is faster. */
  readonly calls?: boolean;
  /** Which functions nothing in the image leads to is found out, which takes some seconds. */
  readonly reach?: boolean;
  /** What is asked of the machine at waypoints. */
  readonly probes?: readonly Probe[];
}

/** Boots an image and records how. Throws StartError when the boot cannot start as asked. */
export async function trace(image: Image, options: TraceOptions, control: BootControl = {}): Promise<Traced> {
  const way = chooseWay(image, options.entry);
  if ('verdict' in way) throw new StartError(way.reason);
  const kernel = kernelElf(image);
  const { table: symbols, problem } = readSymbols(image);
  const functions = new FunctionTable(symbols);
  let machine: Machine | undefined;
  const raw = new RawRuns(() => machine!, kernelFloor[kernel?.formats.elf.class ?? 64]);
  const types = kernel && typesOf(kernel);
  let learner: Learner | undefined;
  let states: StateObserver | undefined;
  let writes: WriteWatch | undefined;
  let wipes: Wipes | undefined;
  const wanted = options.calls !== false;
  const tree = wanted && kernel && symbols ? new TreeRecorder(functions, options.deep === true) : undefined;
  const probes = new ProbeObserver(options.probes ?? []);
  let platform: PlatformInstance | undefined;
  const place = (): KernelPlace | undefined => {
    const firstRuns = raw.rows.map(({ pc, at }) => ({ pc: BigInt.asUintN(64, BigInt(pc)), at }));
    return kernel && new KernelPlace(kernel, symbols, machine!, { firstRuns });
  };
  let isBegun = false;
  /** The kernel's code is about to run. */
  const begin = (running: boolean): void => {
    if (!kernel || !symbols || isBegun) return;
    isBegun = true;
    const start = new KernelPlace(kernel, symbols, machine!, { firstRuns: [] });
    learner?.kernelAt(start, symbols);
    states?.kernelAt(start);
    writes?.kernelAt(start, symbols);
    wipes?.kernelAt(start, symbols);
    tree?.begin(machine!, start, running);
  };
  const traced = { ...options, traced: tree !== undefined };
  const probe = (at: string): void =>
    probes.take(at, { machine: machine!, platform: platform!, symbols, types, place });
  const result = await boot(image, traced, {
    ...control,
    runner: tree,
    functions: { names: probes.functions, entered: probe },
    onFirstRun: (block, instruction) => {
      raw.add(block, instruction);
      learner?.newCode();
      writes?.newCode(instruction);
      wipes?.ran(block, instruction);
    },
    onMachine: (made, start) => {
      machine = made;
      platform = start.platform;
      control.onMachine?.(made, start);
      learner = new Learner(made, start);
      states = new StateObserver(made, symbols, types);
      if (tree) writes = new WriteWatch(made, functions);
      wipes = new Wipes(made);
      if (way.layer === kernel) begin(false);
    },
    onWaypoint: (waypoint) => {
      control.onWaypoint?.(waypoint);
      if (beginnings.includes(waypoint.name)) begin(true);
      learner?.settings.look();
      states?.take(waypoint.name);
      probe(waypoint.name);
      if (waypoint.name === meeting) {
        learner?.met();
        wipes?.met();
      }
      if (waypoint.name !== treeEnd) return;
      tree?.end();
      writes?.end();
    },
  });
  const last = place();
  const code = new CodeMap(image, functions, symbols?.space, last);
  const { subarch = 0, memory = defaultMemory, cpu, until } = options;
  const firstRuns = firstRunColumns(raw.rows, code);
  const cannotReach = options.reach ? reachProblem(kernel?.formats.elf, symbols) : 'it was not asked for';
  const treeColumns = tree?.columns() ?? new NodeTable().columns(() => 0);
  const recording: Recording = {
    version: recordingVersion,
    image: {
      name: image.name ?? '',
      sha256: await sha256(image.bytes.data),
      release: kernelRelease(image) ?? null,
    },
    boot: {
      entry: way.definition.id,
      platform: result.platform,
      via: way.via,
      subarch,
      commandLine: result.commandLine,
      memory,
      cpu: cpu?.profile ?? 'x86-64',
      until: until ?? null,
    },
    verdict: result.verdict,
    stop: result.stop,
    cause: result.cause,
    reason: result.reason,
    autopsy: result.autopsy,
    instructions: result.instructions,
    slide: result.slide,
    hash: result.hash,
    waypoints: result.waypoints,
    console: result.console,
    kernel: last ? { start: hex(last.start), end: hex(last.end) } : null,
    symbolsProblem: symbols ? null : (problem ?? 'the image has no symbols'),
    user: raw.user,
    learned: learner!.learned(code),
    settings: learner!.settings.settings(code),
    zeroPage: learner!.filled(code),
    states: states!.states(code),
    keptAtDeath: result.autopsy && !machine!.cpu.userMode ? states!.kept() : {},
    wipes: wipes!.wipes(),
    probes: probes.recorded,
    opsProblem: symbols
      ? types
        ? null
        : 'the image has no types (BTF) to find them by'
      : 'the image has no symbols',
    functions: functions.columns,
    firstRuns,
    reachProblem: cannotReach,
    reach:
      cannotReach === null
        ? recordedReach(machine!.cpu.code.decoder, kernel!.formats.elf, symbols!, functions, firstRuns)
        : null,
    treeSpan: tree?.span() ?? null,
    tree: treeColumns,
    ...(writes?.columns(code) ?? writesBy([], undefined, code)),
    staticCalls: symbols ? staticCallsIn(treeColumns, functions.columns, symbols) : [],
  };
  return { recording, result };
}

/** Damaged types are none. */
function typesOf(kernel: Image): Btf | undefined {
  try {
    return readBtf(kernel);
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}

async function sha256(data: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', data as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
