import type { Command } from 'commander';
import { loaders } from '../../entry/loaders/loaders.js';
import { openImage } from '../../image/open.js';
import { loadersReport } from '../../report/loaders.js';
import { loadersText } from '../../report/text/loaders.js';
import { unknownName } from '../choice.js';
import type { Example } from '../commands.js';
import { EXIT } from '../exit.js';
import { readInput } from '../input.js';
import { print, printJson } from '../output.js';
import { Progress } from '../progress.js';
import { terminal } from '../terminal.js';

interface Options {
  only?: string;
  json?: boolean;
  verbose?: boolean;
}

/** `zeropage loaders IMAGE` */
export function define(command: Command): void {
  command
    .argument('<image>', 'kernel image; "-" reads standard input')
    .option(
      '--only <ids>',
      'only these loaders, by id or name, separated by commas; exit with 1 when one does not take it',
    )
    .option('--json', 'print JSON, as schema/loaders.schema.json describes it')
    .option('-v, --verbose', 'show every rule that was asked, and where it stands')
    .action(async (path: string, { only, json, verbose = false }: Options) => {
      const wanted = only?.split(',').map(known);
      const { name, data } = readInput(path);
      const progress = new Progress();
      progress.phase(`${name}: reading the image`);
      const image = await openImage(data, { name });
      progress.done();
      const whole = loadersReport(image);
      const shown = wanted
        ? whole.loaders.filter(({ id, loader }) =>
            wanted.some((each) => [id, loader.toLowerCase()].includes(each)),
          )
        : whole.loaders;
      if (wanted && shown.some(({ verdict }) => verdict !== 'takes')) process.exitCode = EXIT.no;
      const report = { ...whole, loaders: shown };
      if (json) return printJson(report);
      await print(loadersText(report, { ...terminal(), verbose }));
    });
}

function known(wanted: string): string {
  const name = wanted.toLowerCase();
  if (loaders.some(({ id, loader }) => id === name || loader.toLowerCase() === name)) return name;
  const ids = loaders.map(({ id }) => id);
  throw unknownName(wanted, ['loader', 'loaders'], ids);
}

export const notes = `Says what each loader does with the file as it stands, by the rules in its own sources. docs/loaders.md has the details.`;

export const examples: readonly Example[] = [
  ['zeropage loaders vmlinuz'],
  ['zeropage loaders vmlinux --only firecracker -v', 'which rules, and where do they stand?'],
  ['zeropage loaders vmlinuz --only cloud-hypervisor', 'exit code 0 when it takes the file, 1 when not'],
];
