import { type Command, Option } from 'commander';
import type { EntryId } from '../../entry/entry.js';
import { entryId } from '../boot/values.js';
import type { Example } from '../commands.js';
import { EXIT } from '../exit.js';
import { isDirectory, readInput } from '../input.js';
import { inspectInput, pageFor } from '../inspect/read.js';
import type { TwoOptions } from '../inspect/two.js';
import { print, printJson } from '../output.js';

interface Options extends TwoOptions {
  readonly evidence?: boolean;
  readonly entry?: EntryId;
}

/** From the worst to the least. */
const severities = ['error', 'warning', 'note', 'detail'] as const;

/** `zeropage inspect IMAGE…`; with a question of grub-file's it is `zeropage file`. */
export async function define(command: Command, args: readonly string[]): Promise<void> {
  if (args.some((arg) => arg.startsWith('--is-'))) return (await import('./file.js')).define(command);
  command
    .argument(
      '<images...>',
      'one kernel image: all about it; two: what differs; more, or a directory: a table ("-" reads standard input)',
    )
    .option('--json', 'print JSON, as inspect, compare and image-table.schema.json in schema/ describe it')
    .option('--fast', 'look at headers only: unpack nothing, skip symbols, types and checks')
    .option('--no-symbols', 'skip symbols and the linker tables found with them')
    .option('--no-types', 'skip BTF types')
    .option('--evidence', 'show the bytes that prove each entry, and the state a loader must set')
    .option(
      '-v, --verbose',
      'show everything: evidence, all header fields, notes and linker tables; of two images also addresses, sizes, build ids',
    )
    .option('--entry <id>', 'only that entry; exit with 1 when it is not offered', entryId)
    .option('--is-<type>', 'answer one question by exit code, as zeropage file does, e.g. --is-x86-pvh')
    .addOption(
      new Option('--exit-on <severity>', 'of two images: exit with 1 on differences at least that severe')
        .choices([...severities, 'never'])
        .default('warning'),
    )
    .addOption(
      new Option('--severity <severity>', 'of two images: show differences at least that severe').choices(
        severities,
      ),
    )
    .option('--only <what>', 'of two images: only these sections, entries or values, separated by commas')
    .option('--ignore <what>', 'of two images: not these, e.g. symbols,linux.init_size')
    .action(async (paths: string[], options: Options) => {
      if (paths.length > 2 || paths.some(isDirectory)) {
        await (await import('../inspect/many.js')).inspectMany(paths, options);
      } else if (options.entry) await inspectEntry(paths, options.entry, options);
      else if (paths.length === 1) await inspectOne(paths[0]!, options);
      else await (await import('../inspect/two.js')).inspectTwo(paths[0]!, paths[1]!, options);
    });
}

async function inspectOne(path: string, options: Options): Promise<void> {
  const input = readInput(path);
  const inspection = await inspectInput(input, input.name, options);
  if (inspection.findings.some(({ severity }) => severity === 'error')) process.exitCode = EXIT.no;
  if (options.json) return printJson(inspection);
  const { inspectionText } = await import('../../report/text/inspection.js');
  await print(inspectionText(inspection, await pageFor(options)));
}

/** What an image says about one entry, for which nobody needs symbols and types; of two images a table. */
async function inspectEntry(paths: readonly string[], id: EntryId, options: Options): Promise<void> {
  if (paths.length > 1) return (await import('../inspect/many.js')).inspectMany(paths, options);
  const input = readInput(paths[0]!);
  const inspection = await inspectInput(input, input.name, { ...options, symbols: false, types: false });
  const entry = inspection.entries.find((candidate) => candidate.id === id)!;
  if (!entry.offered) process.exitCode = EXIT.no;
  if (options.json) return printJson(entry);
  const { entryText } = await import('../../report/text/entry.js');
  await print(entryText(inspection, entry, await pageFor({ ...options, evidence: true })));
}

export const notes = `Two images: an entry that went, or a requirement that rose, is an error; an entry that came or means something
else to a loader is a warning; names and versions are notes; addresses, sizes and build ids details. docs/differences.md
has the details.

Exit codes: 0 it holds; 1 a finding of severity error, an entry that is not offered, or a difference as severe as
--exit-on; 2 a file that cannot be read, or wrong usage.`;

export const examples: readonly Example[] = [
  ['zeropage inspect vmlinuz', 'every entry, offered or not, and why'],
  ['zeropage inspect -v vmlinuz', '… with the bytes that prove it'],
  ['zeropage inspect --entry pvh vmlinuz', 'is it offered? Exit code 0 or 1'],
  ['zeropage inspect old/vmlinuz new/vmlinuz', 'which entries came, went or changed meaning'],
  ['zeropage inspect A B --exit-on error --ignore linux.init_size', 'the same in CI'],
  ['zeropage inspect /boot', 'images and their entries'],
  ['zeropage inspect --json vmlinuz | jq .findings', 'for programs'],
];
