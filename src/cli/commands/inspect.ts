import { basename } from 'node:path';
import type { Command } from 'commander';
import type { EntryId } from '../../entry/entry.js';
import type { Inspection } from '../../report/inspection.js';
import { entryId } from '../boot/values.js';
import type { Example } from '../commands.js';
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
  entry?: EntryId;
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
    .option('--entry <id>', 'only that entry; exit with 1 when it is not offered', entryId)
    .option('--is-<type>', 'answer one question by exit code, as zeropage file does, e.g. --is-x86-pvh')
    .action(async (path: string, second: string | undefined, options: Options) => {
      if (options.entry) await inspectEntry(path, options.entry, options);
      else if (second === undefined) await inspectOne(path, options);
      else await inspectTwo(path, second, options);
    });
}

async function inspectOne(path: string, options: Options): Promise<void> {
  const input = readInput(path);
  const inspection = await inspectInput(input, input.name, options);
  if (inspection.findings.some(({ severity }) => severity === 'error')) process.exitCode = EXIT.no;
  if (options.json) return printJson(inspection);
  const { inspectionText } = await import('../../report/text/inspection.js');
  await print(inspectionText(inspection, await page(options)));
}

/** What the image says about one entry; for that nobody needs symbols and types. */
async function inspectEntry(path: string, id: EntryId, options: Options): Promise<void> {
  const input = readInput(path);
  const inspection = await inspectInput(input, input.name, { ...options, symbols: false, types: false });
  const entry = inspection.entries.find((candidate) => candidate.id === id)!;
  if (!entry.offered) process.exitCode = EXIT.no;
  if (options.json) return printJson(entry);
  const { entryText } = await import('../../report/text/entry.js');
  await print(entryText(inspection, entry, await page({ ...options, evidence: true })));
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

export const examples: readonly Example[] = [
  ['zeropage inspect vmlinuz', 'every entry, offered or not, and why'],
  ['zeropage inspect -v vmlinuz', '… with the bytes that prove it'],
  ['zeropage inspect --entry pvh vmlinuz', 'is it offered? Exit code 0 or 1'],
  ['zeropage inspect old/vmlinuz new/vmlinuz', 'what has changed between two kernels'],
  ['zeropage inspect --json vmlinuz | jq .findings', 'for programs'],
];
