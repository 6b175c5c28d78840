import type { Autopsy } from '../autopsy/autopsy.js';
import { FlightRecorder } from '../autopsy/flight-recorder.js';
import { hex } from '../core/errors.js';
import type { EntryId } from '../entry/entry.js';
import { goalOf } from '../image/goal.js';
import type { Image } from '../image/image.js';
import type { Machine } from '../machine/machine.js';
import { stateHash } from '../machine/state-hash.js';
import type { PlatformId, PlatformInstance } from '../platform/platform.js';
import { chooseWay } from './choose.js';
import { ConsoleOutput } from './console-output.js';
import { EmptyMemoryWatch } from './empty-memory.js';
import type { BootStop } from './ending.js';
import { type BootControl, type BootOptions, defaultBudget } from './options.js';
import { breathe, Pace } from './pace.js';
import { prepare } from './prepare.js';
import { StuckWatch } from './stuck.js';
import { type Judgement, judge, notAsExpected } from './verdict.js';
import type { Waypoint } from './waypoints.js';

export interface BootResult extends Judgement {
  /** null when none was asked for and none can be booted. */
  readonly entry: EntryId | null;
  /** 'payload': the entry is that of the image inside, which was unpacked first. */
  readonly via: 'image' | 'payload' | null;
  readonly platform: PlatformId;
  readonly stop: BootStop | null;
  readonly commandLine: string;
  readonly waypoints: readonly Waypoint[];
  /** How far KASLR moved the kernel's virtual addresses, as 0x-hex; null where that was not seen. */
  readonly slide: string | null;
  /** Retired. */
  readonly instructions: number;
  /** Virtual time in ns: the same plus what the processor idled. */
  readonly time: number;
  /** Host time; all else is the same every time. */
  readonly seconds: number;
  /** 0–255, of a guest that ended the machine with one. */
  readonly exitStatus: number | null;
  /** Of the machine's state at the end; null when there was none. */
  readonly hash: string | null;
  readonly console: string;
  /** Of a boot that failed; null where the guest ended in order, but not as expected. */
  readonly autopsy: Autopsy | null;
}

/** Instructions between two looks at the world; fewer when somebody waits at the keyboard. */
const slice = { batch: 20e6, interactive: 2e6 } as const;
/** Milliseconds between two reports of progress. */
const REPORT = 100;

/**
 * Boots an image through an entry to userspace, a waypoint, or where it dies. Throws StartError when the boot cannot start as
 * asked.
 */
export async function boot(
  image: Image,
  options: BootOptions,
  control: BootControl = {},
): Promise<BootResult> {
  const way = chooseWay(image, options.entry);
  if ('verdict' in way)
    return {
      ...nothing,
      platform: options.platform ?? nothing.platform,
      ...way,
      cause: way.verdict.replace('-', ' '),
    };
  const output = new ConsoleOutput(control.onConsole);
  const { machine, watch, commandLine, linux, platform, places } = await prepare(image, way, options, {
    onConsoleByte: (byte) => output.put(byte),
    wallClockStart: control.realtime ? Math.floor(Date.now() / 1000) : undefined,
  });
  const recorder = new FlightRecorder(machine, control.onFirstRun);
  const empty = new EmptyMemoryWatch(machine, () => machine.stop());
  /** Functions that say how Linux ends; undefined where its symbols do not name them. */
  const entered = linux && watch.symbols ? watch.endings : undefined;
  const stuck = new StuckWatch(machine, recorder, {
    hasPanicked: entered && (() => entered.has('panic') || entered.has('vpanic')),
  });
  let arrived = false;
  watch.onReached = (waypoint) => {
    control.onWaypoint?.(waypoint);
    if (waypoint.name !== options.until) return;
    arrived = true;
    machine.stop();
  };
  if (control.functions) watch.also(control.functions.names, control.functions.entered);
  control.onMachine?.(machine, { places, platform });
  watch.note('entry');
  const began = performance.now();
  const reached = (): string => watch.reached.at(-1)!.name;
  let stop: BootStop = arrived
    ? 'waypoint'
    : await run(machine, platform, options, control, output, stuck, reached);
  if (arrived) stop = 'waypoint';
  else if (stop === 'interrupted' && empty.lost) stop = 'empty-memory';
  const seconds = (performance.now() - began) / 1000;
  const goal = goalOf(image);
  if (goal && output.text().includes(goal.marker)) watch.note(goal.name);
  const result = {
    entry: way.definition.id,
    via: way.via,
    platform: platform.id,
    stop,
    commandLine,
    waypoints: watch.reached,
    slide: watch.slide === undefined ? null : hex(watch.slide),
    instructions: machine.instructions,
    time: machine.cpu.now,
    seconds,
    hash: stateHash(machine),
    exitStatus: machine.exitStatus ?? null,
    console: output.text(),
    autopsy: null,
  };
  const { exitStatus, endReason: lacking } = machine;
  const { userspace } = watch;
  const judgement = judge({ ...result, exitStatus, lacking, options, linux, userspace, entered, goal });
  // What is to be said of a guest that ended in order is said.
  const isPlain = judgement.verdict !== 'failed' || judgement.cause === notAsExpected || stop === 'exit';
  if (isPlain) return { ...result, ...judgement };
  const { performAutopsy } = await import('../autopsy/autopsy.js');
  const autopsy = performAutopsy(machine, image, recorder, {
    stop,
    console: result.console,
    platform,
    linux,
    beforeInit: linux && userspace !== undefined && !watch.reached.some(({ name }) => name === 'userspace'),
    empty: empty.lost,
  });
  return { ...result, ...judgement, autopsy };
}

const nothing = {
  platform: 'bare',
  stop: null,
  commandLine: '',
  waypoints: [],
  slide: null,
  instructions: 0,
  time: 0,
  seconds: 0,
  exitStatus: null,
  hash: null,
  console: '',
  autopsy: null,
} as const;

/** Runs a prepared machine until something ends the boot. */
async function run(
  machine: Machine,
  platform: PlatformInstance,
  { budget = defaultBudget }: BootOptions,
  { signal, input, realtime, onProgress, runner }: BootControl,
  output: ConsoleOutput,
  stuck: StuckWatch,
  reached: () => string,
): Promise<BootStop> {
  const pace = realtime ? new Pace(machine, signal) : undefined;
  if (input) {
    input.onBytes = () => pace?.wakeUp();
    input.connect((byte) => platform.receive(byte));
  }
  const step = input ? slice.interactive : slice.batch;
  let last = { at: performance.now(), instructions: 0 };
  if (signal?.aborted) return interruption(signal);
  while (machine.cpu.now < budget) {
    const until = Math.min(budget, machine.cpu.now + (stuck.step ?? step));
    const stop = runner ? runner.run(machine, until) : machine.run(until);
    output.flush();
    if (stop === 'stopped') return interruption(signal);
    if (stop === 'idle') {
      if (!input && machine.clock.nextEvent() === Number.POSITIVE_INFINITY) return 'dead-halt';
      await pace!.idle();
    } else if (stop !== 'budget') return stop;
    // Whoever sits at the console knows better when it is enough.
    if (!input && stuck.isStuck(output.text())) return 'stuck';
    const at = performance.now();
    if (at - last.at >= REPORT) {
      const { instructions } = machine;
      const mips = (instructions - last.instructions) / (at - last.at) / 1000;
      onProgress?.({ waypoint: reached(), instructions, mips });
      last = { at, instructions };
      await breathe();
    } else if (input) await breathe();
    if (signal?.aborted) return interruption(signal);
  }
  return 'budget';
}

/** Somebody's wish, or the end of `AbortSignal.timeout`. */
function interruption(signal: AbortSignal | undefined): BootStop {
  return (signal?.reason as Error | undefined)?.name === 'TimeoutError' ? 'time-limit' : 'interrupted';
}
