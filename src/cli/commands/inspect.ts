import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Inspection } from '../../report/inspection.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { type Input, readInput } from '../input.js';
import { print, printJson } from '../output.js';
import { Progress } from '../progress.js';

interface Options {
  json?: boolean;
  fast?: boolean;
  symbols: boolean;
  types: boolean;
  evidence?: boolean;
  verbose?: boolean;
}

/** `zeropage inspect IMAGE [IMAGE2]`; with a question of grub-file's it is `zeropage file`. */
export async function define(command: Command, args: readonly string[]): Promise<void> {
  if (args.some((arg) => arg.startsWith('--is-'))) return (await import('./file.js')).define(command);
  command
    .argument('<image>', 'kernel image; "-" reads standard input')
    .argument('[image2]', 'second image: show only what differs, and exit with 1 when something does')
    .option('--json', 'print JSON, as schema/inspect.schema.json describes it')
    .option('--fast', 'look at headers only: unpack nothing, skip symbols, types and checks')
    .option('--no-symbols', 'skip symbols and the linker tables found with them')
    .option('--no-types', 'skip BTF types')
    .option('--evidence', 'show the bytes that prove each entry, and the state a loader must set')
    .option('-v, --verbose', 'show everything: evidence, all header fields, notes and linker tables')
    .option('--is-<type>', "answer one of grub-file's questions by exit code, e.g. --is-x86-multiboot")
    .action(async (path: string, second: string | undefined, options: Options) => {
      if (second === undefined) await inspectOne(path, options);
      else await inspectTwo(path, second, options);
    });
}

async function inspectOne(path: string, options: Options): Promise<void> {
  const input = readInput(path);
  const inspection = await inspectInput(input, input.name, options);
  if (options.json) return printJson(inspection);
  const { inspectionText } = await import('../../report/text/inspection.js');
  await print(inspectionText(inspection, await page(options)));
}

async function inspectTwo(pathA: string, pathB: string, options: Options): Promise<void> {
  if (pathA === '-' && pathB === '-') {
    throw new CommandFailure('both images are "-"', 'standard input can be read only once');
  }
  // One after the other: the first image's bytes need not stay in memory while the second is read.
  const [nameA, nameB] =
    basename(pathA) === basename(pathB) ? [pathA, pathB] : [basename(pathA), basename(pathB)];
  const a = await inspectInput(readInput(pathA), nameA, options);
  const b = await inspectInput(readInput(pathB), nameB, options);
  const { compare } = await import('../../report/compare.js');
  const comparison = compare(a, b);
  if (!comparison.same) process.exitCode = EXIT.no;
  if (options.json) return printJson(comparison);
  const { comparisonText } = await import('../../report/text/comparison.js');
  await print(comparisonText(comparison, await page(options)));
}

async function inspectInput(input: Input, name: string, options: Options): Promise<Inspection> {
  const progress = new Progress();
  try {
    const { inspect } = await import('../../report/inspect.js');
    return await inspect(input.data, {
      name,
      fast: options.fast,
      symbols: options.symbols,
      types: options.types,
      sha256: options.fast ? undefined : await sha256(input.data),
      onPhase: (what) => progress.phase(`${name}: ${what}`),
    });
  } finally {
    progress.done();
  }
}

async function sha256(data: Uint8Array): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(data).digest('hex');
}

async function page({ verbose = false, evidence = false }: Options) {
  const { terminal } = await import('../terminal.js');
  return { ...terminal(), verbose, evidence: evidence || verbose };
}
