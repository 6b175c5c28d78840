import { type Command, Option } from 'commander';
import { compareRecordings } from '../../compare/compare.js';
import { type Planned, plan } from '../../compare/plan.js';
import type { EntryId } from '../../entry/entry.js';
import type { Image } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import type { PlatformId } from '../../platform/platform.js';
import { isRecording, readRecording } from '../../trace/file.js';
import type { Recording } from '../../trace/recording.js';
import { trace } from '../../trace/trace.js';
import type { ComparisonFormat } from '../../view/formats/format.js';
import { comparisonFormats } from '../../view/formats/formats.js';
import { addMachineOptions, bootOptionsOf, type MachineOptions, machineHelp } from '../boot/options.js';
import { limited } from '../boot/time-limit.js';
import { entryId, platformId } from '../boot/values.js';
import type { Example } from '../commands.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { type Interrupt, onInterrupt } from '../interrupt.js';
import { print } from '../output.js';
import { StatusLine } from '../status-line.js';
import { terminal } from '../terminal.js';
import { writeOutput } from '../write-output.js';

interface Options extends MachineOptions {
  entry?: EntryId[];
  platform?: PlatformId[];
  output?: string;
  format?: string;
  json?: boolean;
  quiet?: boolean;
}

/** `zeropage compare IMAGE|RECORDING…` */
export function define(command: Command): void {
  const several =
    <T>(one: (text: string) => T) =>
    (text: string, before: T[] = []): T[] => [...before, ...text.split(',').map(one)];
  command
    .argument('<files...>', 'kernel images, which are booted, or recordings (zeropage trace -o)')
    .option(
      '--entry <ids>',
      'boot through these (default: all that are offered and can be)',
      several(entryId),
    )
    .option('--platform <ids>', 'on these (default: as usual for each entry)', several(platformId));
  addMachineOptions(command)
    .option('-o, --output <file>', 'write to a file; its name may say how: .html .svg .md .json')
    .addOption(
      new Option('--format <format>', 'how to write it (default: text)').choices(
        comparisonFormats.map(({ id }) => id),
      ),
    )
    .option('--json', 'short for --format json; see schema/paths.schema.json')
    .option('-q, --quiet', 'no progress')
    .action(async (files: string[], options: Options) => {
      const { output } = options;
      process.exitCode = EXIT.unfinished;
      const recordings = await record(files, options);
      if (recordings === undefined) return;
      if (recordings.length < 2) {
        throw new CommandFailure(
          'there is one boot, and it takes two to compare',
          'name more files, entries (--entry A,B) or platforms (--platform A,B)',
        );
      }
      const comparison = compareRecordings(recordings);
      const page = output === undefined || output === '-' ? terminal() : {};
      const document = await formatOf(options).render({ comparison, recordings }, page);
      await (output === undefined ? print(document) : writeOutput(output, document, 'text'));
      process.exitCode = comparison.same ? EXIT.ok : EXIT.no;
    });
}

/** As asked for, else as the file's name says. */
function formatOf({ format, json, output = '' }: Options): ComparisonFormat {
  const ending = /\.(html|svg|md|json)$/.exec(output)?.[1];
  const id = format ?? (json ? 'json' : ending === 'md' ? 'markdown' : ending) ?? 'text';
  return comparisonFormats.find((each) => each.id === id)!;
}

/** Recordings of everything that was named; undefined when interrupted. */
async function record(files: readonly string[], options: Options): Promise<Recording[] | undefined> {
  const recordings: Recording[] = [];
  const boots: { image: Image; planned: Planned }[] = [];
  for (const file of files) {
    const { name, data } = readInput(file);
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
  options: Options,
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

export const notes = `${machineHelp.trim()}

Exit code 0 when the boots ran the same functions in the same order, 1 when they did not, 2 when there is nothing to compare.`;

export const examples: readonly Example[] = [
  ['zeropage compare vmlinuz --entry linux64,pvh,xen-pv'],
  ['zeropage compare vmlinuz --until start_kernel', 'the part where they differ most, in seconds'],
  ['zeropage compare vmlinuz --entry pvh --platform bare,xen-pvh'],
  ['zeropage compare vmlinuz -o paths.html', 'one page with everything, to look at and to pass on'],
  ['zeropage compare old.rec new.rec --format markdown', 'for a review comment'],
  ['zeropage compare old.rec new.rec', 'two recordings, made with zeropage trace -o'],
];
