import { type Annotation, annotationsText } from '../test-formats/annotation.js';
import type { MatrixFormat } from './format.js';
import { matrixSummary, testGroups } from './tests.js';

/** An error for what failed, a warning for an image of which nothing was booted, a notice with the sum. */
export const github: MatrixFormat = {
  id: 'github',
  render(matrix) {
    const annotations = testGroups(matrix).flatMap(({ image, skipped, cases }): Annotation[] => [
      ...cases
        .filter(({ result }) => result === 'failed' || result === 'error')
        .map(({ name, short, lines }) => ({
          level: 'error' as const,
          title: `${image}: ${name}: ${short}`,
          lines,
        })),
      ...(skipped === null
        ? []
        : [{ level: 'warning' as const, title: `${image}: not booted`, lines: [skipped] }]),
    ]);
    return annotationsText(annotations, { title: 'zeropage matrix', line: matrixSummary(matrix) });
  },
};
