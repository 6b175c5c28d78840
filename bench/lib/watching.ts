import { fileURLToPath } from 'node:url';
import { type BootFiles, ourBoot } from './boots.js';
import type { Command } from './command.js';
import { interleave, type Rounds } from './measure.js';
import type { Comparison } from './table.js';

/** What watches a boot: options of `zeropage boot`, or watchers of watched-boot.mjs. A trace is one line here. */
const observers: readonly {
  readonly label: string;
  readonly options?: string[];
  readonly watchers?: string[];
}[] = [
  { label: 'as always', options: [] },
  { label: '--json', options: ['--json'] },
  { label: '--profile', options: ['--profile'] },
  { label: 'blocks and events kept', watchers: ['events'] },
  { label: 'state hash every 20 M', watchers: ['hash'] },
  { label: 'all together', watchers: ['waypoints', 'recorder', 'events', 'hash', 'profile'] },
];

export const watchingNote =
  '(e) against the same boot with no listener on the machine. As always: waypoints, flight recorder, watch for a boot that is stuck, console, hash at the end. All together leaves the console out.';

/** What watching costs: a boot with each observer beside one without any. `dist` is the folder of our built files. */
export function watching(
  title: string,
  dist: string,
  entry: string,
  files: BootFiles,
  rounds: Rounds,
): Comparison[] {
  const runner = fileURLToPath(new URL('watched-boot.mjs', import.meta.url));
  const watched = (label: string, watchers: readonly string[]): Command => ({
    label,
    program: process.execPath,
    args: [runner, dist, entry, files.kernel, files.initrd, String(files.memory), ...watchers],
  });
  const commands = observers.map(({ label, options = [], watchers }) => {
    const name = `${title}: ${label}`;
    return watchers ? watched(name, watchers) : ourBoot(name, dist, entry, files, ...options);
  });
  const [bare, ...others] = interleave([watched('unwatched', []), ...commands], rounds);
  return others.map((ours) => ({ ours, peer: bare! }));
}
