import type { Command } from 'commander';
import { entries } from '../../entry/entries.js';
import { entryStateText, entryTableText } from '../../report/text/entry-table.js';
import { unknownName } from '../choice.js';
import type { Example } from '../commands.js';
import { print, printJson } from '../output.js';
import { terminal } from '../terminal.js';

/** `zeropage entries [ID]` */
export function define(command: Command): void {
  command
    .argument('[id]', 'an entry, e.g. pvh; all of them unless given')
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, { json }: { json?: boolean }) => {
      const chosen = id === undefined ? entries : entries.filter((entry) => entry.id === id);
      if (chosen.length === 0) {
        const ids = entries.map((entry) => entry.id);
        throw unknownName(id!, ['entry', 'entries'], ids);
      }
      if (json) return printJson(chosen.map(({ id, title, state }) => ({ id, title, state })));
      const page = terminal();
      await print(id === undefined ? entryTableText(entries, page) : entryStateText(chosen[0]!, page));
    });
}

export const examples: readonly Example[] = [
  ['zeropage entries', 'all of them'],
  ['zeropage entries pvh', 'the state a loader must set for PVH'],
];
