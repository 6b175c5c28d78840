import { columnName } from '../../boot/column-name.js';
import { succeeded } from '../boot.js';
import type { Matrix, MatrixCell } from '../matrix.js';
import { destination } from '../matrix-formats/tests.js';
import { type Cell, cell } from './columns.js';
import { grid } from './grid.js';
import type { Page } from './page.js';

/** Images and entries as a table. */
export function matrixTable({ images, columns }: Matrix, page: Page): string[] {
  const rows = images.map(({ image, problem, cells }) => ({
    name: image,
    cells: problem === null ? cells.map((one) => marked(one, page.style)) : null,
  }));
  return grid(columns.map(columnName), rows, page);
}

function marked(one: MatrixCell, style: Page['style']): Cell {
  const text = cellText(one);
  if (one.verdict === 'not-offered' || one.verdict === 'not-supported') return cell(text, style.dim);
  return cell(text, succeeded(one) ? style.good : style.bad);
}

function cellText(one: MatrixCell): string {
  if (one.verdict === 'not-offered') return '–';
  if (one.verdict === 'not-supported') return 'not yet';
  const unpacked = one.via === 'payload' ? '*' : '';
  return succeeded(one) ? `✓ ${destination(one)}${unpacked}` : `✗ ${one.cause}${unpacked}`;
}
