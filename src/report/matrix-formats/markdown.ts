import { columnName } from '../../boot/column-name.js';
import { visible } from '../text/visible.js';
import type { MatrixFormat } from './format.js';
import { matrixSummary, type Outcome, type OutcomeGroup, outcomeGroups } from './outcomes.js';

/** A table of GitHub Flavored Markdown, with the reasons for failures below. */
export const markdown: MatrixFormat = {
  id: 'markdown',
  render(matrix) {
    const groups = outcomeGroups(matrix);
    const names = matrix.columns.map((column) => `\`${columnName(column)}\``);
    const table = [
      row(['Image', ...names]),
      row([':--', ...names.map(() => ':--')]),
      ...groups.map(({ image, outcomes }) => row([escaped(image), ...cells(outcomes, names.length)])),
    ];
    const list = groups.flatMap(reasons);
    const parts = [table, ...(list.length > 0 ? [list] : []), [escaped(matrixSummary(matrix))]];
    return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
  },
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const marks = { passed: '✓ ', failed: '✗ ', error: '✗ ', skipped: '' } as const;

/** One for each column; of an image that could not be read the first says so. */
function cells(outcomes: readonly Outcome[], size: number): string[] {
  const texts = outcomes.map(({ result, short }) =>
    short === 'not offered' ? '–' : `${marks[result]}${escaped(short)}`,
  );
  return Array.from({ length: size }, (_, index) => texts[index] ?? '');
}

function reasons({ image, skipped, outcomes }: OutcomeGroup): string[] {
  return [
    ...outcomes
      .filter(({ result }) => result === 'failed' || result === 'error')
      .map(({ name, detail }) => `- ${escaped(image)}, \`${name}\`: ${escaped(detail)}`),
    ...(skipped === null ? [] : [`- ${escaped(image)}: ${escaped(skipped)}`]),
  ];
}

/** Text in which nothing is markup. */
function escaped(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>|~&]/g, '\\$&');
}
