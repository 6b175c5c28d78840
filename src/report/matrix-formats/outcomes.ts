import { columnName } from '../../boot/column-name.js';
import { succeeded } from '../boot.js';
import { type Matrix, type MatrixCell, wasTried } from '../matrix.js';
import { count, plural } from '../text/quantity.js';

/** One cell of a matrix as a test: what formats of test results have in common. */
export interface Outcome {
  /** The column's name. */
  readonly name: string;
  /** 'error': the image could not be read, so that nothing was tried. */
  readonly result: 'passed' | 'failed' | 'error' | 'skipped';
  /** What became of it, in a word or two. */
  readonly short: string;
  /** Why, in a sentence. */
  readonly detail: string;
  readonly seconds: number;
}

/** An image and the outcome of each column. */
export interface OutcomeGroup {
  readonly image: string;
  /** Why nothing of it was booted. */
  readonly skipped: string | null;
  readonly outcomes: readonly Outcome[];
}

/** The matrix as groups of tests, one group an image. */
export function outcomeGroups({ images }: Matrix): OutcomeGroup[] {
  return images.map(({ image, problem, skipped, cells }) => {
    const unread = { name: 'read', result: 'error', short: 'cannot be read', seconds: 0 } as const;
    const outcomes = problem === null ? cells.map(outcomeOf) : [{ ...unread, detail: problem }];
    return { image, skipped, outcomes };
  });
}

function outcomeOf(cell: MatrixCell): Outcome {
  const { cause, reason, autopsy, seconds } = cell;
  const name = columnName(cell);
  if (!wasTried(cell)) return { name, result: 'skipped', short: cause, detail: reason, seconds };
  if (succeeded(cell)) return { name, result: 'passed', short: destination(cell), detail: reason, seconds };
  return { name, result: 'failed', short: cause, detail: autopsy?.cause ?? reason, seconds };
}

/** What a boot reached. */
export function destination({ verdict, cause, waypoints }: MatrixCell): string {
  if (verdict === 'ended' || verdict === 'expected') return cause;
  return verdict === 'userspace' ? 'userspace' : waypoints.at(-1)!.name;
}

/** The whole matrix in one line. */
export function matrixSummary({ images }: Matrix): string {
  const tried = images.flatMap(({ cells }) => cells.filter(wasTried));
  const good = tried.filter(succeeded).length;
  const instructions = tried.reduce((sum, one) => sum + one.instructions, 0);
  const unread = images.filter(({ problem }) => problem !== null).length;
  const parts = [
    tried.length === 0
      ? 'nothing could be booted'
      : `${count(good)} of ${plural(tried.length, 'boot')} got there, ${count(Math.round(instructions / 1e6))} M instructions`,
    unread > 0 && `${plural(unread, 'image')} could not be read`,
  ];
  return parts.filter(Boolean).join('; ');
}
