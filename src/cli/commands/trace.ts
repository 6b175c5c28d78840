import { type Command, Option } from 'commander';
import { limited } from '../../boot/time-limit.js';
import { openImage } from '../../image/open.js';
import { succeeded } from '../../report/boot.js';
import { recordingFormats } from '../../report/recording-formats/formats.js';
import { isRecording, readRecording } from '../../trace/file.js';
import type { Recording } from '../../trace/recording.js';
import { type TraceOptions, trace } from '../../trace/trace.js';
import {
  addMachineOptions,
  addVariationOption,
  bootOptionsOf,
  type MachineOptions,
  machineHelp,
  type VariationOptions,
} from '../boot/options.js';
import { addWayOptions, type WayOptions } from '../boot/way.js';
import type { Example } from '../commands.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { type Input, readInput } from '../input.js';
import { onInterrupt } from '../interrupt.js';
import { print } from '../output.js';
import { StatusLine } from '../status-line.js';
import { terminal } from '../terminal.js';
import { writeOutput } from '../write-output.js';

interface Options extends MachineOptions, VariationOptions, WayOptions {
  deep?: boolean;
  output?: string;
  format?: string;
  quiet?: boolean;
  verbose?: boolean;
}

/** `zeropage trace IMAGE|RECORDING` */
export function define(command: Command): void {
  addWayOptions(
    command.argument('<file>', 'kernel image, which is booted, or a recording; "-" reads standard input'),
  );
  addVariationOption(addMachineOptions(command))
    .option('--deep', 'tell all calls apart to the end, not only up to rest_init')
    .option('-o, --output <file>', 'write to a file, as a recording unless --format says otherwise')
    .addOption(
      new Option('--format <format>', 'how to write it (default: text, with -o recording)').choices(
        recordingFormats.map(({ id }) => id),
      ),
    )
    .option('-q, --quiet', 'no progress')
    .option('-v, --verbose', 'in text, ports and model-specific registers too')
    .action(async (path: string, options: Options) => {
      const { output } = options;
      const id = options.format ?? (output === undefined ? 'text' : 'recording');
      const format = recordingFormats.find((each) => each.id === id)!;
      if (binary.includes(id) && output === undefined && process.stdout.isTTY) {
        throw new CommandFailure(`${id} is no text for a terminal`, 'name a file with -o FILE, or pipe it');
      }
      process.exitCode = EXIT.unfinished;
      const recording = await recordingOf(readInput(path), options);
      const page = {
        ...(output === undefined || output === '-' ? terminal() : {}),
        verbose: options.verbose === true,
      };
      const document = await format.render(recording, page);
      await (output === undefined ? print(document) : writeOutput(output, document, 'text'));
      if (process.exitCode === EXIT.unfinished) process.exitCode = EXIT.ok;
    });
}

const binary: readonly string[] = ['recording', 'drcov'];

async function recordingOf({ name, data }: Input, options: Options): Promise<Recording> {
  if (isRecording(data)) return readRecording(data);
  const image = await openImage(data, { name });
  const wanted: TraceOptions = {
    entry: options.entry,
    platform: options.platform,
    deep: options.deep,
    // Only the file has it.
    reach: options.output !== undefined,
    variation: options.vary,
    ...bootOptionsOf(options),
  };
  const status = options.quiet ? undefined : new StatusLine(true);
  const interrupt = onInterrupt();
  try {
    const { recording, result } = await trace(image, wanted, {
      signal: limited(interrupt.signal, options.timeLimit),
      onProgress: ({ waypoint, instructions, mips }) =>
        status?.show(
          `${waypoint} · ${Math.round(instructions / 1e6)} M instructions · ${Math.round(mips)} MIPS`,
        ),
    });
    if (interrupt.signalled()) process.exitCode = EXIT.interrupted;
    else process.exitCode = succeeded(result) ? EXIT.ok : EXIT.no;
    return recording;
  } finally {
    status?.clear();
    interrupt.release();
  }
}

export const notes = `${machineHelp.trim()}

The recording of a boot that failed is written, too; the exit code is 1 then, as that of zeropage boot.`;

export const examples: readonly Example[] = [
  ['zeropage trace --until start_kernel vmlinuz', 'which functions ran, and when'],
  ['zeropage trace --entry pvh vmlinuz -o pvh.rec', 'keep a recording'],
  ['zeropage trace pvh.rec', 'show it'],
  ['zeropage trace pvh.rec --format perfetto -o pvh.json', 'its calls as slices, for ui.perfetto.dev'],
];
