import { columnName } from '../../boot/column-name.js';
import { escaped, row } from '../test-formats/markdown-text.js';
import type { TestCase, TestGroup } from '../test-formats/test-case.js';
import type { MatrixFormat } from './format.js';
import { matrixSummary, testGroups } from './tests.js';

/** A table of GitHub Flavored Markdown, with the reasons for failures below. */
export const markdown: MatrixFormat = {
  id: 'markdown',
  render(matrix) {
    const groups = testGroups(matrix);
    const names = matrix.columns.map((column) => `\`${columnName(column)}\``);
    const table = [
      row(['Image', ...names]),
      row([':--', ...names.map(() => ':--')]),
      ...groups.map(({ image, cases }) => row([escaped(image), ...cells(cases, names.length)])),
    ];
    const list = groups.flatMap(reasons);
    const parts = [table, ...(list.length > 0 ? [list] : []), [escaped(matrixSummary(matrix))]];
    return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
  },
};

const marks = { passed: '✓ ', failed: '✗ ', error: '✗ ', skipped: '' } as const;

/** One for each column; of an image that could not be read the first says so. */
function cells(outcomes: readonly TestCase[], size: number): string[] {
  const texts = outcomes.map(({ result, short }) =>
    short === 'not offered' ? '–' : `${marks[result]}${escaped(short)}`,
  );
  return Array.from({ length: size }, (_, index) => texts[index] ?? '');
}

function reasons({ image, skipped, cases }: TestGroup): string[] {
  return [
    ...cases
      .filter(({ result }) => result === 'failed' || result === 'error')
      .map(({ name, lines }) => `- ${escaped(image)}, \`${name}\`: ${escaped(lines[0]!)}`),
    ...(skipped === null ? [] : [`- ${escaped(image)}: ${escaped(skipped)}`]),
  ];
}
