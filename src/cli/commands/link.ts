import type { Command } from 'commander';
import type { Example } from '../commands.js';
import { readInput } from '../input.js';
import { functionNames, linkedOrExplained } from '../linked.js';
import { print } from '../output.js';
import { writeOutput } from '../write-output.js';

/** `zeropage link IN -o OUT` */
export function define(command: Command): void {
  command
    .argument(
      '<image>',
      'linked ELF file with .zeropage.* sections, or a boot module; "-" reads standard input',
    )
    .option(
      '-o, --output <file>',
      'write the image with its tables in order ("-": standard output, and no report)',
    )
    .action(async (path: string, { output }: { output?: string }) => {
      const input = readInput(path);
      const result = linkedOrExplained(input);
      if (!result) return;
      if (output !== undefined) await writeOutput(output, result.image!);
      if (output === '-') return;
      const { linkText } = await import('../../report/text/link.js');
      const { terminal } = await import('../terminal.js');
      await print(linkText(result, terminal(), await functionNames(input)));
    });
}

export const examples: readonly Example[] = [
  ['zeropage link guest.elf', 'are its tables in order?'],
  ['zeropage link guest.elf -o sorted.elf', 'put them in order'],
];
