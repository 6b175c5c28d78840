import { type Command, Option } from 'commander';
import type { EntryId } from '../../entry/entry.js';
import type { ImageSource } from '../../matrix/pool.js';
import { type MatrixObserver, MatrixRun } from '../../matrix/run.js';
import type { PlatformId } from '../../platform/platform.js';
import { type Matrix, matrix } from '../../report/matrix.js';
import { matrixFormats } from '../../report/matrix-formats/formats.js';
import { matrixSummary } from '../../report/matrix-formats/tests.js';
import { matrixText } from '../../report/text/matrix.js';
import {
  addMachineOptions,
  addPoolOptions,
  bootOptionsOf,
  type MachineOptions,
  machineHelp,
  type PoolOptions,
} from '../boot/options.js';
import { entryId, platformId } from '../boot/values.js';
import type { Example } from '../commands.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { onInterrupt } from '../interrupt.js';
import { print } from '../output.js';
import { StatusLine } from '../status-line.js';
import { terminal } from '../terminal.js';
import { matrixPool } from '../workers/pool.js';
import { writeOutput } from '../write-output.js';

const SECOND = 1000;

interface Options extends MachineOptions, PoolOptions {
  entry?: EntryId[];
  platform?: PlatformId[];
  quiet?: boolean;
  output?: string;
  format: string;
  /** Short for `--format json`. */
  json?: boolean;
}

/** `zeropage matrix IMAGE…` */
export function define(command: Command): void {
  const ids = (text: string, before: EntryId[] = []): EntryId[] => [
    ...before,
    ...text.split(',').map(entryId),
  ];
  command
    .argument('[images...]', 'kernel images; "-" reads standard input; without any, the conformance guest')
    .option(
      '--entry <id>',
      'only this entry; can be given several times (default: all that are offered)',
      ids,
    );
  command.option(
    '--platform <id>',
    'only on this platform; can be given several times (default: bare, xen-pv, and for Linux kernels xen-pvh)',
    (text: string, before: PlatformId[] = []): PlatformId[] => [
      ...before,
      ...text.split(',').map(platformId),
    ],
  );
  addPoolOptions(addMachineOptions(command))
    .option('-q, --quiet', 'no progress, and one line in place of the table')
    .addOption(
      new Option('--format <format>', 'how to print the result')
        .choices(matrixFormats.map(({ id }) => id))
        .default('text'),
    )
    .option('--json', 'the same as --format json, as schema/matrix.schema.json describes it')
    .option('-o, --output <file>', 'write the result there, and print the table too (with -q: its last line)')
    .action(async (paths: string[], options: Options) => {
      if (paths.filter((path) => path === '-').length > 1) {
        throw new CommandFailure('several images are "-"', 'standard input can be read only once');
      }
      process.exitCode = EXIT.unfinished;
      const interrupt = onInterrupt();
      const sources = paths.length > 0 ? paths.map(sourceOf) : [await conformanceGuest()];
      const began = new Date();
      const { entry, platform, timeLimit } = options;
      const status = options.quiet ? undefined : new StatusLine(true);
      const plan = { options: bootOptionsOf(options), entries: entry, platforms: platform, timeLimit };
      const run = new MatrixRun(sources, plan, observer(status, options));
      const pool = matrixPool(options.jobs);
      interrupt.signal.addEventListener('abort', () => pool.stop());
      const timer = setInterval(() => run.tell(), SECOND);
      await run.through(pool);
      clearInterval(timer);
      status?.clear();
      interrupt.release();
      const result = matrix(run.subjects(), options.entry);
      process.exitCode = interrupt.signalled() ? EXIT.interrupted : exitCode(result);
      await write(result, began, options);
    });
}

/** Shows progress on `status`, and findings on standard error where the output has not got them. */
function observer(status: StatusLine | undefined, { format, json }: Options): MatrixObserver {
  return {
    progress: (text) => status?.show(text),
    foreseen: (text) => {
      if (!status || json || format === 'json') return;
      status.clear();
      process.stderr.write(text);
    },
  };
}

/** Prints the result, or writes it to a file and prints what a person wants to know of it. */
async function write(
  result: Matrix,
  began: Date,
  { quiet, output = '-', json, ...options }: Options,
): Promise<void> {
  const format = matrixFormats.find(({ id }) => id === (json ? 'json' : options.format))!;
  const isShort = quiet && format.id === 'text';
  const toFile = output !== '-';
  if (toFile) await writeOutput(output, format.render(result, { page: {}, began }), 'text');
  else if (!isShort) return print(format.render(result, { page: terminal(), began }));
  await print(quiet ? `${matrixSummary(result)}\n` : matrixText(result, terminal()));
}

function exitCode({ images, passed }: Matrix): number {
  if (images.some(({ problem }) => problem !== null)) return EXIT.error;
  if (images.every(({ skipped }) => skipped !== null)) return EXIT.skipped;
  return passed ? EXIT.ok : EXIT.no;
}

const sourceOf = (path: string): ImageSource['source'] => (path === '-' ? readInput(path) : path);

/** What can be booted with nothing at hand: the project's own guest, which has every entry. */
async function conformanceGuest(): Promise<ImageSource['source']> {
  const { guestImage } = await import('../../stub/guest/image.js');
  return { name: 'conformance guest', data: guestImage().file };
}

export const notes = `${machineHelp.trim()}

Exit codes: 0 every entry that is offered and can be booted led where it was to lead (docs/verdicts.md says when),
1 one did not, 2 an image could not be read, 4 nothing could be booted.`;

export const examples: readonly Example[] = [
  ['zeropage matrix vmlinuz', 'through every entry it offers'],
  [
    'zeropage matrix --entry pvh,xen-pv --until start_kernel /boot/vmlinuz-*',
    'two entries of several kernels',
  ],
  ['zeropage matrix --format junit -o report.xml vmlinuz', 'a report for continuous integration'],
  ['zeropage matrix', 'the conformance guest: does the machine keep its word?'],
];
