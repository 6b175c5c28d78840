import type { Goal } from '../image/goal.js';
import { type BootStop, endingOf } from './ending.js';
import { userspaceMarker } from './init/program.js';
import type { BootOptions } from './options.js';
import type { Waypoint } from './waypoints.js';

export type Verdict = 'userspace' | 'reached' | 'failed' | 'not-offered' | 'not-supported';

/** What came of a boot. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Why, in one sentence. */
  readonly reason: string;
  /** The same in a word or two. */
  readonly cause: string;
}

/** What is known when a boot is over. */
interface Evidence {
  readonly stop: BootStop;
  readonly options: BootOptions;
  /** Whether the guest was given our init, which says so when it runs. */
  readonly ownInit: boolean;
  /** What the image itself says a boot is to reach, where it is no Linux kernel. */
  readonly goal?: Goal;
  readonly waypoints: readonly Waypoint[];
  readonly console: string;
}

/** A boot with our own init got to userspace when that said so; any other when anything ran at CPL 3. */
export function judge({ stop, options, ownInit, goal, waypoints, console }: Evidence): Judgement {
  const { until } = options;
  if (goal && until === undefined && console.includes(goal.marker)) {
    return { verdict: 'reached', cause: 'reached', reason: `It reached ${goal.name}.` };
  }
  if (stop === 'waypoint' && until !== 'userspace') {
    return { verdict: 'reached', cause: 'reached', reason: `It reached ${until}.` };
  }
  const entered = waypoints.some(({ name }) => name === 'userspace');
  // What had to be given up is no success, however far it got.
  const ran = stop !== 'time-limit' && (console.includes(userspaceMarker) || (entered && !ownInit));
  if (stop === 'waypoint' || (ran && until === undefined)) {
    return { verdict: 'userspace', cause: 'userspace', reason: 'Init ran.' };
  }
  const { short, sentence } = endingOf(stop, console);
  const last = waypoints.at(-1)?.name ?? 'nothing';
  const place =
    last === 'userspace' && until === undefined
      ? 'After init began to run, before it said so'
      : `After ${last}, before ${until ?? goal?.name ?? 'userspace'}`;
  return { verdict: 'failed', cause: short, reason: `${place}: ${sentence}.` };
}
