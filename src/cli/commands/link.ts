import type { Command } from 'commander';
import { linkGuest } from '../../stub/link/link.js';
import { EXIT } from '../exit.js';
import { CommandFailure, explain } from '../failure.js';
import { readInput } from '../input.js';
import { print } from '../output.js';
import { writeOutput } from '../write-output.js';

/** `zeropage link IN -o OUT` */
export function define(command: Command): void {
  command
    .argument('<image>', 'linked ELF file with .zeropage.* sections; "-" reads standard input')
    .option(
      '-o, --output <file>',
      'write the image with its tables in order ("-": standard output, and no report)',
    )
    .action(async (path: string, { output }: { output?: string }) => {
      const { name, data } = readInput(path);
      const result = linkGuest(data, name);
      for (const problem of result.problems) {
        process.stderr.write(explain(new CommandFailure(problem, undefined, name)));
      }
      if (!result.image) {
        process.exitCode = EXIT.no;
        return;
      }
      if (output !== undefined) writeOutput(output, result.image);
      if (output === '-') return;
      const { linkText } = await import('../../report/text/link.js');
      const { terminal } = await import('../terminal.js');
      await print(linkText(result, terminal()));
    });
}
