import type { EntryId } from '../../entry/entry.js';
import { RecordingRun } from '../../matrix/recordings.js';
import type { PlatformId } from '../../platform/platform.js';
import { isRecording, readRecording } from '../../trace/file.js';
import type { Probe } from '../../trace/probes/row.js';
import type { Recording } from '../../trace/recording.js';
import { EXIT } from '../exit.js';
import type { Input } from '../input.js';
import { onInterrupt } from '../interrupt.js';
import { StatusLine } from '../status-line.js';
import { recordingPool } from '../workers/pool.js';
import { bootOptionsOf, type MachineOptions, type PoolOptions } from './options.js';

/** Which boots of an image are wanted. */
export interface PathOptions extends MachineOptions, PoolOptions {
  entry?: EntryId[];
  platform?: PlatformId[];
  quiet?: boolean;
  /** What the image's code leads to is found out, too. */
  reach?: boolean;
  /** What the boots are asked. */
  probes?: readonly Probe[];
}

/** Recordings of everything that was named, those that were given first; undefined when interrupted. */
export async function recordPaths(
  inputs: readonly Input[],
  options: PathOptions,
): Promise<Recording[] | undefined> {
  const given = inputs.filter(({ data }) => isRecording(data));
  const images = inputs.filter((input) => !given.includes(input));
  const recordings: Recording[] = [];
  for (const { data } of given) recordings.push(await readRecording(data));
  const { entry, platform, timeLimit, quiet, reach, probes } = options;
  const plan = {
    options: { ...bootOptionsOf(options), reach, probes },
    entries: entry,
    platforms: platform,
    timeLimit,
  };
  const status = quiet ? undefined : new StatusLine(true);
  const run = new RecordingRun(images, plan, (text) => status?.show(text));
  const pool = recordingPool(options.jobs);
  const interrupt = onInterrupt();
  interrupt.signal.addEventListener('abort', () => pool.stop());
  try {
    const booted = await run.through(pool);
    if (booted) return [...recordings, ...booted];
    process.exitCode = EXIT.interrupted;
    return undefined;
  } finally {
    status?.clear();
    interrupt.release();
  }
}
