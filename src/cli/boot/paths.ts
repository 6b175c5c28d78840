import { type Planned, plan } from '../../compare/plan.js';
import type { EntryId } from '../../entry/entry.js';
import type { Image } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import type { PlatformId } from '../../platform/platform.js';
import { isRecording, readRecording } from '../../trace/file.js';
import type { Recording } from '../../trace/recording.js';
import { trace } from '../../trace/trace.js';
import { EXIT } from '../exit.js';
import type { Input } from '../input.js';
import { type Interrupt, onInterrupt } from '../interrupt.js';
import { StatusLine } from '../status-line.js';
import { bootOptionsOf, type MachineOptions } from './options.js';
import { limited } from './time-limit.js';

/** Which boots of an image are wanted. */
export interface PathOptions extends MachineOptions {
  entry?: EntryId[];
  platform?: PlatformId[];
  quiet?: boolean;
}

/** Recordings of everything that was named; undefined when interrupted. */
export async function recordPaths(
  inputs: readonly Input[],
  options: PathOptions,
): Promise<Recording[] | undefined> {
  const recordings: Recording[] = [];
  const boots: { image: Image; planned: Planned }[] = [];
  for (const { name, data } of inputs) {
    if (isRecording(data)) recordings.push(await readRecording(data));
    else {
      const image = await openImage(data, { name });
      const planned = plan(image, options.entry, options.platform);
      boots.push(...planned.map((each) => ({ image, planned: each })));
    }
  }
  const interrupt = onInterrupt();
  const status = new StatusLine(options.quiet === true);
  try {
    for (const [i, { image, planned }] of boots.entries()) {
      const title = `${i + 1}/${boots.length} ${image.name} ${planned.entry} ${planned.platform}`;
      recordings.push(
        await recordOne(image, planned, options, interrupt, (text) => status.show(`${title} · ${text}`)),
      );
      if (interrupt.signalled()) {
        process.exitCode = EXIT.interrupted;
        return undefined;
      }
    }
  } finally {
    status.clear();
    interrupt.release();
  }
  return recordings;
}

async function recordOne(
  image: Image,
  planned: Planned,
  options: PathOptions,
  interrupt: Interrupt,
  show: (text: string) => void,
): Promise<Recording> {
  const control = {
    signal: limited(interrupt.signal, options.timeLimit),
    onProgress: ({ waypoint, instructions }: { waypoint: string; instructions: number }) =>
      show(`${waypoint} · ${Math.round(instructions / 1e6)} M instructions`),
  };
  return (await trace(image, { ...bootOptionsOf(options), ...planned }, control)).recording;
}
