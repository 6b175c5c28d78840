import type { Command } from 'commander';
import type { EntryId } from '../../entry/entry.js';
import { type PlatformId, platformIds } from '../../platform/platform.js';
import { entryId, platformId } from './values.js';

/** Of commands that boot once: through what, and on what. */
export interface WayOptions {
  entry?: EntryId;
  platform?: PlatformId;
}

export function addWayOptions(command: Command): Command {
  return command
    .option(
      '--entry <id>',
      'entry to boot through (default: the first that is offered, can be and needs no firmware)',
      entryId,
    )
    .option(
      '--platform <id>',
      `what the guest finds underneath: ${platformIds.join(', ')} (default: as usual for the entry)`,
      platformId,
    );
}
