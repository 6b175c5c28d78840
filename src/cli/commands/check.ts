import { type Command, Option } from 'commander';
import { type Severity, severities } from '../../contract/rule.js';
import { type CheckedFile, CheckRun, checkedPlatforms, usualVariation } from '../../matrix/check.js';
import { shownNames } from '../../matrix/names.js';
import type { VaryPlan } from '../../matrix/vary.js';
import { checkOutcome, checkReport } from '../../report/check.js';
import { checkFormats } from '../../report/check-formats/formats.js';
import { askedOptions } from '../boot/asked.js';
import { addMachineOptions, addPoolOptions, bootOptionsOf, machineHelp } from '../boot/options.js';
import type { PathOptions } from '../boot/paths.js';
import { exitStatus, seeds } from '../boot/values.js';
import { readAgainst } from '../check/against.js';
import { readBaseline, writeBaseline } from '../check/baseline.js';
import { type Document, document, documentsOf, write } from '../check/documents.js';
import { addCheckedPaths } from '../check/path-options.js';
import type { Example } from '../commands.js';
import { contractFile } from '../contract-file.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { onInterrupt } from '../interrupt.js';
import { StatusLine } from '../status-line.js';
import { recordingPool } from '../workers/pool.js';

interface Options extends PathOptions {
  contract?: string;
  against?: string[];
  /** False: `--no-vary`. */
  vary?: VaryPlan | false;
  baseline?: string;
  writeBaseline?: string;
  failOn: Severity;
  cannotJudge: number;
  output?: string;
  format?: Document[];
  json?: boolean;
  verbose?: boolean;
}

/** `zeropage check IMAGE…` */
export function define(command: Command, args: readonly string[]): void {
  addCheckedPaths(command.argument('<images...>', 'kernel images; "-" reads standard input'))
    .option('--contract <file>', 'what the paths must, may and must not do: docs/contract.md')
    .option(
      '--against <file>',
      "what the contract's rules on growth compare with: another image, or recordings of its boots; can be given several times",
      (file: string, before: string[] = []): string[] => [...before, file],
    )
    .option(
      '--baseline <file>',
      'what it has does not fail: only what is new does, and what vanished is told',
    )
    .option('--write-baseline <file>', 'write what was found as a baseline, and succeed')
    .addOption(
      new Option('--fail-on <severity>', 'the least severity that fails')
        .choices(severities)
        .default('error'),
    )
    .option(
      '--cannot-judge <n>',
      'exit code when an image cannot be judged; for git bisect run it is 125',
      exitStatus,
      EXIT.error,
    );
  addPoolOptions(addMachineOptions(command))
    .option(
      '--vary <seed[,n]>',
      "boot each path N times more, as the entry's ABI leaves it open, with seeds from SEED on (default: 1,1)",
      seeds,
    )
    .option('--no-vary', 'no varied boots')
    .option(
      '--format <format[=file]>',
      `how to write it, and where; can be given several times: ${checkFormats.map(({ id }) => id).join(', ')} (default: text)`,
      document,
    )
    .option('-o, --output <file>', 'where to write what has no file of its own')
    .option('--json', 'short for --format json; see schema/check.schema.json')
    .option('-v, --verbose', 'notes, too')
    .option('-q, --quiet', 'no progress')
    .action(async (paths: string[], options: Options) => {
      process.exitCode = EXIT.unfinished;
      const documents = documentsOf(options.format, options);
      const { failOn, verbose } = options;
      const baseline = options.baseline === undefined ? undefined : readBaseline(options.baseline);
      const checked = await checkFiles(paths, options, args);
      if (!checked) {
        process.exitCode = EXIT.interrupted;
        return;
      }
      const report = checkReport(checked, { failOn, baseline });
      await write(report, documents, verbose);
      if (options.writeBaseline !== undefined) await writeBaseline(options.writeBaseline, checked);
      const codes = { holds: EXIT.ok, found: EXIT.no, 'not-judged': options.cannotJudge };
      process.exitCode = options.writeBaseline === undefined ? codes[checkOutcome(report)] : EXIT.ok;
    });
}

/** What was found in them; undefined when interrupted. */
async function checkFiles(
  paths: readonly string[],
  options: Options,
  args: readonly string[],
): ReturnType<CheckRun['through']> {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new CommandFailure('several images are "-"', 'standard input can be read only once');
  }
  const { entry, platform = checkedPlatforms, timeLimit, quiet, jobs, vary } = options;
  const contract = options.contract === undefined ? undefined : await contractFile(options.contract);
  const plan = {
    options: bootOptionsOf(options),
    entries: entry,
    platforms: platform,
    timeLimit,
    asked: askedOptions(args),
    contract,
    against: await readAgainst(options.against, contract),
    vary: vary === false ? undefined : (vary ?? usualVariation),
  };
  const status = quiet ? undefined : new StatusLine(true);
  const interrupt = onInterrupt();
  const run = new CheckRun(filesOf(paths), plan, (text) => status?.show(text));
  try {
    return await run.through(() => {
      const pool = recordingPool(jobs);
      interrupt.signal.addEventListener('abort', () => pool.stop());
      return pool;
    });
  } finally {
    status?.clear();
    interrupt.release();
  }
}

/** The files that were named, read; that one of them cannot be is no reason to leave out the others. */
function filesOf(paths: readonly string[]): CheckedFile[] {
  const names = shownNames(paths);
  return paths.map((file, index) => {
    const name = file === '-' ? 'standard input' : names[index]!;
    try {
      return { name, file, data: readInput(file).data };
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      return { name, file, problem: error.message };
    }
  });
}

export const notes = `${machineHelp.trim()}

Exit codes: 0 all holds, 1 something of the severity of --fail-on or graver was found, 2 (or the code of --cannot-judge)
an image cannot be read, offers nothing that can be booted, or a boot could not be judged and nothing else was found.`;

export const examples: readonly Example[] = [
  ['zeropage check vmlinuz', 'through every entry: what is wrong, which path forgot what'],
  ['zeropage check vmlinuz --entry pvh,xen-pv --json'],
  ['zeropage check vmlinuz --write-baseline known.json', 'live with what there is'],
  ['zeropage check vmlinuz --baseline known.json', 'and fail on what comes'],
  [
    'zeropage check vmlinuz --format github --format sarif=check.sarif --format markdown=check.md',
    'annotations, and two reports, of the same boots',
  ],
  [
    "git bisect run sh -c 'make -j8 || exit 125; zeropage check --cannot-judge 125 arch/x86/boot/bzImage'",
    'the commit that broke a path',
  ],
];
