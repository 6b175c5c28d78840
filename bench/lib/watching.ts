import { fileURLToPath } from 'node:url';
import { type BootFiles, ourBoot, ourTrace } from './boots.js';
import { type Command, processorTime } from './command.js';
import { interleave, type Rounds } from './measure.js';
import type { Comparison } from './table.js';

/** What watches a boot: an option of `zeropage boot`, `zeropage trace`, or watchers of watched-boot.mjs. */
type Observer = { readonly label: string } & (
  | { readonly options: readonly string[] }
  | { readonly command: 'trace' }
  | { readonly watchers: readonly string[] }
);

const observers: readonly Observer[] = [
  { label: 'waypoints, flight recorder', watchers: ['waypoints', 'recorder'] },
  { label: 'blocks and events kept', watchers: ['events'] },
  { label: 'state hash every 20 M', watchers: ['hash'] },
  { label: 'all of it and a profile', watchers: ['waypoints', 'recorder', 'events', 'hash', 'profile'] },
  { label: 'boot --profile', options: ['--profile'] },
  { label: 'boot --json', options: ['--json'] },
  { label: 'trace -o', command: 'trace' },
];

export const watchingNotes = [
  '(e) processor time, user and system, of all threads',
  '(e) unwatched: no listener on the machine, no console, no hash at the end; every boot has waypoints and a flight recorder',
  '(e) blocks and events kept: every block when it first runs, every exception, interrupt and INT n',
];

/** What watching costs in processor time: a boot with each observer beside the same boot without. `dist` is the folder of our built files. */
export function watching(
  title: string,
  dist: string,
  entry: string,
  files: BootFiles,
  rounds: Rounds,
): Comparison[] {
  const runner = fileURLToPath(new URL('watched-boot.mjs', import.meta.url));
  const place = [dist, entry, files.kernel, files.initrd, String(files.memory)];
  const watched = (label: string, watchers: readonly string[]): Command => ({
    label,
    program: process.execPath,
    args: [runner, ...place, ...watchers],
  });
  const commands = observers.map((observer) => {
    const label = `${title} ${observer.label}`;
    if ('command' in observer) return ourTrace(label, dist, entry, files);
    return 'watchers' in observer
      ? watched(label, observer.watchers)
      : ourBoot(label, dist, entry, files, ...observer.options);
  });
  const plain = [watched('unwatched', []), ourBoot('boot', dist, entry, files)];
  const [unwatched, boot, ...others] = interleave([...plain, ...commands], rounds, processorTime);
  // Each beside the program it is an addition to: the two do not load the same modules.
  return others.map((ours, i) => ({ ours, peer: 'watchers' in observers[i]! ? unwatched! : boot! }));
}
