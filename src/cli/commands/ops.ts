import type { Command } from 'commander';
import type { Example } from '../commands.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { functionNames, linkedOrExplained } from '../linked.js';
import { print } from '../output.js';

/** `zeropage ops IMAGE` */
export function define(command: Command): void {
  command
    .argument('<image>', 'guest or boot module with op tables; "-" reads standard input')
    .action(async (path: string) => {
      const input = readInput(path);
      const result = linkedOrExplained(input);
      if (!result) return;
      const { operations } = result;
      if (!operations) {
        throw new CommandFailure(
          'there are no op tables in this file',
          'declare them with include/zeropage/op-table.h',
          input.name,
        );
      }
      const { linkText } = await import('../../report/text/link.js');
      const { terminal } = await import('../terminal.js');
      await print(linkText({ operations, problems: [] }, terminal(), await functionNames(input)));
    });
}

export const examples: readonly Example[] = [['zeropage ops guest.elf']];
