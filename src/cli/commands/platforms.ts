import type { Command } from 'commander';
import { entries } from '../../entry/entries.js';
import { platforms } from '../../platform/platforms.js';
import { platformReport } from '../../report/platforms.js';
import { platformTableText, platformText } from '../../report/text/platforms.js';
import { unknownName } from '../choice.js';
import type { Example } from '../commands.js';
import { print, printJson } from '../output.js';
import { terminal } from '../terminal.js';

/** `zeropage platforms [ID]` */
export function define(command: Command): void {
  command
    .argument('[id]', 'a platform, e.g. xen-pv; all of them unless given')
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, { json }: { json?: boolean }) => {
      const chosen = id === undefined ? platforms : platforms.filter((platform) => platform.id === id);
      if (chosen.length === 0) {
        const ids = platforms.map((platform) => platform.id);
        throw unknownName(id!, ['platform', 'platforms'], ids);
      }
      const reports = chosen.map((platform) => platformReport(platform, entries));
      if (json) return printJson(reports);
      const page = terminal();
      await print(id === undefined ? platformTableText(reports, page) : platformText(reports[0]!, page));
    });
}

export const examples: readonly Example[] = [
  ['zeropage platforms', 'all of them'],
  ['zeropage platforms xen-pv', 'every hypercall of Xen PV, and who does what'],
];
