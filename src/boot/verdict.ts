import type { Goal } from '../image/goal.js';
import { type EndEvidence, endingOf, panicOn } from './ending.js';
import { expectationText, foundUntil, plainLines } from './expectations.js';
import type { BootOptions } from './options.js';
import type { UserspaceProof } from './userspace.js';
import { type Waypoint, waypointNames } from './waypoints.js';

export type Verdict =
  | 'userspace'
  | 'reached'
  | 'expected'
  | 'ended'
  | 'failed'
  | 'not-offered'
  | 'not-supported';

/** What came of a boot. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Why, in one sentence. */
  readonly reason: string;
  /** The same in a word or two. */
  readonly cause: string;
}

/** What is known when a boot is over. */
export interface Evidence extends EndEvidence {
  readonly options: Pick<BootOptions, 'until' | 'expect' | 'expectExit'>;
  /** Whether the guest is a Linux kernel. */
  readonly linux: boolean;
  /** How userspace is recognised; undefined where it cannot be. */
  readonly userspace: UserspaceProof | undefined;
  /** What the image itself says a boot is to reach, where it is no Linux kernel. */
  readonly goal?: Goal;
  readonly waypoints: readonly Waypoint[];
}

/**
 * What came of a boot: how it ended, unless `until` asked for less. A guest that ended itself has got where it was to get
 * if it showed that it did: Linux by its init, others by what the image's note or the user says. One that died has not,
 * whatever it had shown before.
 */
export function judge(evidence: Evidence): Judgement {
  const { stop, options } = evidence;
  const { until } = options;
  // What the machine lacks says nothing about the guest.
  if (stop === 'unsupported') return unsupported(evidence);
  if (stop === 'waypoint') {
    if (until === 'userspace') return { verdict: 'userspace', cause: 'userspace', reason: 'Init ran.' };
    return { verdict: 'reached', cause: 'reached', reason: `It reached ${until}.` };
  }
  if (until !== undefined) return failure(evidence);
  if (options.expect?.length || options.expectExit !== undefined) return asExpected(evidence);
  return byItself(evidence);
}

function unsupported({ waypoints, lacking, ...evidence }: Evidence): Judgement {
  const { short, sentence } = endingOf(evidence);
  const reason = `After ${waypoints.at(-1)?.name ?? 'nothing'}: ${lacking ?? sentence}.`;
  return { verdict: 'not-supported', cause: short, reason };
}

/** Judged by what the user expects. */
function asExpected(evidence: Evidence): Judgement {
  const { stop, options, exitStatus } = evidence;
  const { expect = [], expectExit } = options;
  const console = plainLines(evidence.console);
  const found = expect.map((expectation) => foundUntil(expectation, console));
  const missing = expect.filter((_, i) => found[i] === undefined).map(expectationText);
  const { manner, sentence } = endingOf(evidence);
  const panic = panicOn(console);
  // Whoever waits for the words of a panic expects that.
  const isExpectedDeath = panic !== undefined && found.some((end) => end !== undefined && end > panic.at);
  const isGivenUp = stop === 'interrupted' || stop === 'time-limit';
  if (isGivenUp || (manner === 'death' && !isExpectedDeath)) return failure(evidence);
  if (missing.length > 0) return unexpected(`It did not say ${missing.join(', ')}; ${sentence}.`);
  if (expectExit === undefined) {
    return { verdict: 'expected', cause: 'as expected', reason: `It said what was expected; ${sentence}.` };
  }
  const status = exitStatus ?? (stop === 'power-off' ? 0 : undefined);
  if (status === undefined) return failure(evidence);
  if (status !== expectExit) return unexpected(`Exit status ${expectExit} was expected; ${sentence}.`);
  return { verdict: 'expected', cause: 'as expected', reason: `As expected: ${sentence}.` };
}

const unexpected = (reason: string): Judgement => ({ verdict: 'failed', cause: notAsExpected, reason });
/** The cause where a guest ended in order, but without what it was to say. */
export const notAsExpected = 'not as expected';

/** Judged by what it is. */
function byItself(evidence: Evidence): Judgement {
  const { stop, linux, userspace, goal, waypoints, exitStatus } = evidence;
  const { manner, sentence, short } = endingOf(evidence);
  const reached = (name: string): boolean => waypoints.some((waypoint) => waypoint.name === name);
  // Somebody at the keyboard has seen enough.
  const isOver = manner === 'ordered' || stop === 'interrupted';
  // A goal is the image's own --expect: who showed it may end as it likes, but for dying.
  const isAllowed = isOver || (manner === 'open' && stop !== 'time-limit');
  if (isAllowed && goal && reached(goal.name)) {
    return { verdict: 'reached', cause: 'reached', reason: `It reached ${goal.name}; ${sentence}.` };
  }
  if (exitStatus) {
    const reason = `${capital(sentence)}; --expect-exit ${exitStatus} says that this is right.`;
    return { verdict: 'failed', cause: `exit ${exitStatus}`, reason };
  }
  if (isOver && reached('userspace')) {
    return { verdict: 'userspace', cause: 'userspace', reason: `Init ran; ${sentence}.` };
  }
  const isUnknown = !goal && (!linux || !userspace);
  if (manner !== 'ordered' || !isUnknown) return failure(evidence);
  const why = linux ? 'without symbols nothing shows whether init ran' : 'nothing says what it was to do';
  return { verdict: 'ended', cause: short, reason: `${capital(sentence)}; ${why}.` };
}

/** Where it ended and how. */
function failure(evidence: Evidence): Judgement {
  const { options, goal, waypoints, linux, userspace } = evidence;
  const { until } = options;
  const { short, sentence } = endingOf(evidence);
  const last = waypoints.at(-1)?.name ?? 'nothing';
  const wanted = until ?? goal?.name ?? (linux && userspace ? 'userspace' : undefined);
  const order = (name: string | undefined): number =>
    (waypointNames as readonly string[]).indexOf(name ?? '');
  let place = `After ${last}`;
  if (until !== undefined && order(until) >= 0 && order(last) > order(until)) {
    place += `, which lies behind ${until}: the boot did not pass there`;
    return { verdict: 'failed', cause: `not past ${until}`, reason: `${place}; ${sentence}.` };
  }
  if (until !== undefined) place += `, without passing ${until}`;
  else if (wanted !== undefined && !waypoints.some(({ name }) => name === wanted))
    place += `, before ${wanted}`;
  return { verdict: 'failed', cause: short, reason: `${place}: ${sentence}.` };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
