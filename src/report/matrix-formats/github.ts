import { visible } from '../text/visible.js';
import type { MatrixFormat } from './format.js';
import { matrixSummary, outcomeGroups } from './outcomes.js';

/**
 * Annotations of GitHub Actions (docs.github.com, "Workflow commands for GitHub Actions"): an error for what failed, a
 * warning for an image of which nothing was booted, a notice with the sum.
 */
export const github: MatrixFormat = {
  id: 'github',
  render(matrix) {
    const lines = outcomeGroups(matrix).flatMap(({ image, skipped, outcomes }) => [
      ...outcomes
        .filter(({ result }) => result === 'failed' || result === 'error')
        .map(({ name, short, detail }) => annotation('error', `${image}: ${name}: ${short}`, detail)),
      ...(skipped === null ? [] : [annotation('warning', `${image}: not booted`, skipped)]),
    ]);
    return [...lines, annotation('notice', 'zeropage matrix', matrixSummary(matrix)), ''].join('\n');
  },
};

function annotation(level: 'error' | 'warning' | 'notice', title: string, message: string): string {
  const data = (text: string): string => visible(text).replaceAll('%', '%25');
  // In a property, what ends it is escaped, too.
  return `::${level} title=${data(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}::${data(message)}`;
}
