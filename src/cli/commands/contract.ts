import type { Command } from 'commander';
import { columnName } from '../../boot/column-name.js';
import { Path } from '../../compare/path.js';
import { firstContract, firstProbes } from '../../contract/language/first-contract.js';
import { offers } from '../../entry/entries.js';
import { openImage } from '../../image/open.js';
import { checkedPlatforms } from '../../matrix/check.js';
import { addMachineOptions, addPoolOptions, machineHelp } from '../boot/options.js';
import { type PathOptions, recordPaths } from '../boot/paths.js';
import { addCheckedPaths } from '../check/path-options.js';
import type { Example } from '../commands.js';
import { EXIT } from '../exit.js';
import { readInput } from '../input.js';
import { print } from '../output.js';
import { writeOutput } from '../write-output.js';

interface Options extends PathOptions {
  output?: string;
}

/** `zeropage contract IMAGE` */
export function define(command: Command): void {
  addCheckedPaths(command.argument('<image>', 'kernel image, which is booted; "-" reads standard input'));
  addPoolOptions(addMachineOptions(command))
    .option('-o, --output <file>', 'where to write it (default: standard output)')
    .option('-q, --quiet', 'no progress')
    .action(async (file: string, options: Options) => {
      process.exitCode = EXIT.unfinished;
      const input = readInput(file);
      const image = await openImage(input.data, { name: input.name });
      const { platform = [...checkedPlatforms], output } = options;
      const recordings = await recordPaths([input], { ...options, platform, probes: firstProbes });
      if (recordings === undefined) return;
      const paths = recordings.map((recording) => new Path(columnName(recording.boot), recording));
      const text = firstContract({ name: input.name, offers: offers(image), paths });
      await (output === undefined ? print(text) : writeOutput(output, text, 'text'));
      process.exitCode = EXIT.ok;
    });
}

export const notes = `${machineHelp.trim()}

What the image offers and its boots did is what the contract asks; "zeropage check IMAGE --contract FILE" holds it against that.
Exit code 0 when it was written, 2 when the image cannot be read or not be booted as asked.`;

export const examples: readonly Example[] = [
  ['zeropage contract vmlinuz -o boot-contract.yaml'],
  ['zeropage check vmlinuz --contract boot-contract.yaml', 'in every build from then on'],
];
