import { type Command, Option } from 'commander';
import { incomparable } from '../../compare/comparable.js';
import { compareRecordings } from '../../compare/compare.js';
import type { ComparisonFormat } from '../../view/formats/format.js';
import { comparisonFormats } from '../../view/formats/formats.js';
import { addMachineOptions, addPoolOptions, machineHelp } from '../boot/options.js';
import { type PathOptions, recordPaths } from '../boot/paths.js';
import { entryList, platformList } from '../boot/values.js';
import type { Example } from '../commands.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { print } from '../output.js';
import { terminal } from '../terminal.js';
import { writeOutput } from '../write-output.js';

interface Options extends PathOptions {
  output?: string;
  format?: string;
  json?: boolean;
}

/** `zeropage compare IMAGE|RECORDING…` */
export function define(command: Command): void {
  command
    .argument('<files...>', 'kernel images, which are booted, or recordings (zeropage trace -o)')
    .option('--entry <ids>', 'boot through these (default: all that are offered and can be)', entryList)
    .option('--platform <ids>', 'on these (default: as usual for each entry)', platformList);
  addPoolOptions(addMachineOptions(command))
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
      const recordings = await recordPaths(files.map(readInput), { ...options, reach: true });
      if (recordings === undefined) return;
      const problem = incomparable(recordings);
      if (problem) throw new CommandFailure(problem.reason, problem.hint);
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
