import { columnName } from '../../boot/column-name.js';
import { succeeded } from '../boot.js';
import { type Matrix, type MatrixCell, wasTried } from '../matrix.js';
import type { TestCase, TestGroup } from '../test-formats/test-case.js';
import { count, plural } from '../text/quantity.js';

/** The matrix as groups of tests, one group an image. */
export function testGroups({ images }: Matrix): TestGroup[] {
  return images.map(({ image, problem, skipped, cells }) => {
    const unread = { name: 'read', result: 'error', short: 'cannot be read', seconds: 0 } as const;
    const tests = problem === null ? cells.map(testOf) : [{ ...unread, lines: [problem] }];
    return { image, skipped, cases: tests };
  });
}

function testOf(cell: MatrixCell): TestCase {
  const { cause, reason, autopsy, seconds } = cell;
  const name = columnName(cell);
  if (!wasTried(cell)) return { name, result: 'skipped', short: cause, lines: [reason], seconds };
  if (succeeded(cell)) return { name, result: 'passed', short: destination(cell), lines: [], seconds };
  return { name, result: 'failed', short: cause, lines: [autopsy?.cause ?? reason], seconds };
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
