import { visible } from '../text/visible.js';
import type { MatrixFormat } from './format.js';
import { type Outcome, type OutcomeGroup, outcomeGroups } from './outcomes.js';

/**
 * The Kernel Test Anything Protocol, version 1 (Linux Documentation/dev-tools/ktap.rst): a test an image, with a subtest a
 * column.
 */
export const ktap: MatrixFormat = {
  id: 'ktap',
  render(matrix) {
    const groups = outcomeGroups(matrix);
    const lines = ['KTAP version 1', `1..${groups.length}`, ...groups.flatMap(groupLines)];
    return `${lines.join('\n')}\n`;
  },
};

function groupLines({ image, skipped, outcomes }: OutcomeGroup, index: number): string[] {
  const failed = outcomes.some(({ result }) => result === 'failed' || result === 'error');
  const subtests = [
    'KTAP version 1',
    `# Subtest: ${description(image)}`,
    `1..${outcomes.length}`,
    ...outcomes.flatMap(outcomeLines),
  ];
  // A plan of none is no test at all.
  const nested = outcomes.length > 0 ? subtests.map((line) => `  ${line}`) : [];
  const skip = skipped === null ? '' : ` # SKIP ${visible(skipped)}`;
  return [...nested, `${failed ? 'not ok' : 'ok'} ${index + 1} ${description(image)}${skip}`];
}

/** Diagnostic lines stand before the result that they are about. */
function outcomeLines({ name, result, short, detail }: Outcome, index: number): string[] {
  const line = `${index + 1} ${description(name)}`;
  if (result === 'passed') return [`ok ${line}`];
  if (result === 'skipped') return [`ok ${line} # SKIP ${visible(detail || short)}`];
  return [`# ${visible(name)}: ${visible(short)}: ${visible(detail)}`, `not ok ${line}`];
}

/** A hash sign would begin a directive; the protocol has no way to escape it. */
function description(text: string): string {
  return visible(text).replaceAll('#', '_');
}
