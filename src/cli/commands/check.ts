import { type Command, Option } from 'commander';
import { CheckRun, checkedPlatforms } from '../../matrix/check.js';
import type { VaryPlan } from '../../matrix/vary.js';
import { checkFormats } from '../../report/check-formats/formats.js';
import { askedOptions } from '../boot/asked.js';
import { addMachineOptions, addPoolOptions, bootOptionsOf, machineHelp } from '../boot/options.js';
import type { PathOptions } from '../boot/paths.js';
import { entryList, platformList, seeds } from '../boot/values.js';
import type { Example } from '../commands.js';
import { contractFile } from '../contract-file.js';
import { EXIT } from '../exit.js';
import { readInput } from '../input.js';
import { onInterrupt } from '../interrupt.js';
import { print } from '../output.js';
import { StatusLine } from '../status-line.js';
import { terminal } from '../terminal.js';
import { recordingPool } from '../workers/pool.js';
import { writeOutput } from '../write-output.js';

interface Options extends PathOptions {
  output?: string;
  format?: string;
  json?: boolean;
  verbose?: boolean;
  contract?: string;
  /** False: `--no-vary`. */
  vary?: VaryPlan | false;
}

const usualVariation: VaryPlan = { seed: 1, count: 1 };

/** `zeropage check IMAGE…` */
export function define(command: Command, args: readonly string[]): void {
  command
    .argument('<images...>', 'kernel images; "-" reads standard input')
    .option('--entry <ids>', 'through these (default: all that are offered and can be)', entryList)
    .option(
      '--platform <ids>',
      `on these (default: ${checkedPlatforms.join(', ')}, where the entry has it)`,
      platformList,
    );
  command.option('--contract <file>', 'what the paths must, may and must not do: docs/contract.md');
  addPoolOptions(addMachineOptions(command))
    .option(
      '--vary <seed[,n]>',
      "boot each path N times more, as the entry's ABI leaves it open, with seeds from SEED on (default: 1,1)",
      seeds,
    )
    .option('--no-vary', 'no varied boots')
    .option('-o, --output <file>', 'write to a file')
    .addOption(
      new Option('--format <format>', 'how to write it (default: text)').choices(
        checkFormats.map(({ id }) => id),
      ),
    )
    .option('--json', 'short for --format json; see schema/check.schema.json')
    .option('-v, --verbose', 'notes, too')
    .option('-q, --quiet', 'no progress')
    .action(async (files: string[], options: Options) => {
      process.exitCode = EXIT.unfinished;
      const contract = options.contract === undefined ? undefined : await contractFile(options.contract);
      const { entry, platform = checkedPlatforms, timeLimit, quiet, jobs, verbose, vary } = options;
      const plan = {
        options: bootOptionsOf(options),
        entries: entry,
        platforms: platform,
        timeLimit,
        asked: askedOptions(args),
        contract,
        vary: vary === false ? undefined : (vary ?? usualVariation),
      };
      const status = quiet ? undefined : new StatusLine(true);
      const interrupt = onInterrupt();
      const run = new CheckRun(
        files.map((file) => ({ ...readInput(file), file })),
        plan,
        (text) => status?.show(text),
      );
      try {
        const report = await run.through(() => {
          const pool = recordingPool(jobs);
          interrupt.signal.addEventListener('abort', () => pool.stop());
          return pool;
        });
        status?.clear();
        if (!report) {
          process.exitCode = EXIT.interrupted;
          return;
        }
        const { output } = options;
        const page = output === undefined || output === '-' ? { ...terminal(), verbose } : { verbose };
        const document = formatOf(options).render(report, page);
        await (output === undefined ? print(document) : writeOutput(output, document, 'text'));
        process.exitCode = report.holds ? EXIT.ok : EXIT.no;
      } finally {
        status?.clear();
        interrupt.release();
      }
    });
}

function formatOf({ format, json }: Options): (typeof checkFormats)[number] {
  return checkFormats.find(({ id }) => id === (format ?? (json ? 'json' : 'text')))!;
}

export const notes = `${machineHelp.trim()}

Exit code 0 when nothing of severity error was found, 1 when something was, 2 when an image cannot be read or not be booted as asked.`;

export const examples: readonly Example[] = [
  ['zeropage check vmlinuz', 'through every entry: what is wrong, which path forgot what'],
  ['zeropage check vmlinuz --entry pvh,xen-pv --json'],
];
