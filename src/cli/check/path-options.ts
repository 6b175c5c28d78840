import type { Command } from 'commander';
import { checkedPlatforms } from '../../matrix/check.js';
import { entryList, platformList } from '../boot/values.js';

/** Which boots of an image are looked at, of commands that take all there are. */
export function addCheckedPaths(command: Command): Command {
  return command
    .option('--entry <ids>', 'through these (default: all that are offered and can be)', entryList)
    .option(
      '--platform <ids>',
      `on these (default: ${checkedPlatforms.join(', ')}, where the entry has it)`,
      platformList,
    );
}
