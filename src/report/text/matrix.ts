import { columnName } from '../../boot/column-name.js';
import { succeeded } from '../boot.js';
import { type Matrix, wasTried } from '../matrix.js';
import { matrixSummary } from '../matrix-formats/tests.js';
import { cell, columns } from './columns.js';
import { matrixTable } from './matrix-table.js';
import { type Page, pageOf, section } from './page.js';
import { visible } from './visible.js';

/** Images and entries as a table, with the reasons for failures below; ends with a newline. */
export function matrixText(matrix: Matrix, options?: Partial<Page>): string {
  const page = pageOf(options);
  const lines = [
    ...matrixTable(matrix, page),
    ...failures(matrix, page),
    ...untried(matrix, page),
    '',
    ...summary(matrix, page),
  ];
  return `${lines.join('\n')}\n`;
}

/** Something about one image, or one of its columns. */
interface Remark {
  readonly image: string;
  readonly column: string;
  readonly text: string;
}

/** Why what failed did. */
function failures({ images }: Matrix, page: Page): string[] {
  const remarks = images.flatMap(({ image, problem, cells }): Remark[] => [
    ...(problem === null ? [] : [{ image, column: '', text: problem }]),
    ...cells
      .filter((one) => wasTried(one) && !succeeded(one))
      .map((one) => ({ image, column: columnName(one), text: one.autopsy?.cause ?? one.reason })),
  ]);
  return section(page, 'Failures', undefined, remarkLines(remarks, page));
}

/** Images of which nothing was booted, boots that the machine could not go on with, and why. */
function untried({ images }: Matrix, page: Page): string[] {
  const remarks = images.flatMap(({ image, skipped, cells }): Remark[] => [
    ...(skipped === null ? [] : [{ image, column: '', text: skipped }]),
    ...cells
      .filter(({ verdict, waypoints }) => verdict === 'not-supported' && waypoints.length > 0)
      .map((one) => ({ image, column: columnName(one), text: one.reason })),
  ]);
  return section(page, 'Not booted', undefined, remarkLines(remarks, page));
}

/** Columns a remark's text has at the least; with fewer it stands below its image's name. */
const LEAST_TEXT = 24;

function remarkLines(remarks: readonly Remark[], { style, width }: Page): string[] {
  if (remarks.length === 0) return [];
  const longest = (texts: string[]): number => Math.max(...texts.map((text) => visible(text).length));
  const left = longest(remarks.map(({ image }) => image)) + longest(remarks.map(({ column }) => column)) + 6;
  const hasColumns = remarks.some(({ column }) => column !== '');
  if (left + LEAST_TEXT <= width) {
    const rows = remarks.map(({ image, column, text }) => [
      cell(image),
      ...(hasColumns ? [cell(column, style.strong)] : []),
      cell(text),
    ]);
    return columns(rows, { width });
  }
  return remarks.flatMap(({ image, column, text }, index) => {
    const isNew = image !== remarks[index - 1]?.image;
    const row = [...(column === '' ? [] : [cell(column, style.strong)]), cell(text)];
    return [...(isNew ? columns([[cell(image)]], { width }) : []), ...columns([row], { width, indent: 4 })];
  });
}

function summary(matrix: Matrix, { style, width }: Page): string[] {
  const cells = matrix.images.flatMap((row) => row.cells);
  const marks = [
    cells.some((one) => wasTried(one) && one.via === 'payload') &&
      '*  via payload: the kernel inside the image, unpacked first',
    cells.some(({ verdict }) => verdict === 'not-offered') && '–  not offered',
  ];
  return columns(
    [
      [cell(matrixSummary(matrix))],
      ...marks.filter((mark) => mark !== false).map((mark) => [cell(mark, style.dim)]),
    ],
    { width, indent: 0 },
  );
}
