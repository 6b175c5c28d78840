import { columnName } from '../boot/column-name.js';
import { Path } from '../compare/path.js';
import type { Against } from '../contract/subject.js';
import type { Recording } from '../trace/recording.js';
import { failureText, type NamedImage } from './pool.js';
import { isFailed, type RecordingPlan, type RecordingPool, RecordingRun } from './recordings.js';

/** What growth is measured against: an image, which is booted like those that are checked, or recordings of its boots. */
export interface AgainstPlan {
  readonly name: string;
  /** Files that the command line names; none where the contract does. */
  readonly files: readonly string[];
  readonly from: NamedImage | readonly Recording[];
}

/** Boots it where there are no recordings of it; undefined when the pool was stopped from outside. */
export async function against(
  { name, files, from }: AgainstPlan,
  plan: RecordingPlan,
  newPool: () => RecordingPool,
  progress: (text: string) => void,
): Promise<Against | undefined> {
  if (!('data' in from)) return { name, files, problem: null, paths: from.map(pathOf) };
  // Who called whom is no part of what is measured.
  const options = { ...plan.options, calls: false };
  const run = new RecordingRun([from], { ...plan, options }, progress);
  const outcome = (await run.outcomes(newPool()))?.[0];
  if (!outcome) return undefined;
  if (isFailed(outcome)) return { name, files, problem: failureText(outcome), paths: [] };
  const recordings = outcome.flatMap(({ outcome: one }) => (isFailed(one) ? [] : [one]));
  return { name, files, problem: null, paths: recordings.map(pathOf) };
}

const pathOf = (recording: Recording): Path => new Path(columnName(recording.boot), recording);
