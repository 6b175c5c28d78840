import { succeeded } from '../boot.js';
import type { Matrix, MatrixCell, MatrixRow } from '../matrix.js';
import { columnName, destination } from '../matrix-formats/outcomes.js';
import { type Cell, cell, columns } from './columns.js';
import type { Page } from './page.js';
import { visible } from './visible.js';

/** Spaces between two columns. */
const GAP = 2;

/**
 * Images and entries as a table. Where the page is too narrow for it, some columns stand below the others; where it is too
 * narrow even for the image's name and one column, there is a list of entries for each image.
 */
export function matrixTable(matrix: Matrix, page: Page): string[] {
  const names = matrix.images.map(({ image }) => visible(image).length);
  const left = Math.max(0, ...names) + GAP;
  const widths = matrix.columns.map((column, index) => {
    const texts = matrix.images.map(({ cells }) => cells[index] && cellText(cells[index]).length);
    return Math.max(columnName(column).length, ...texts.map((length) => length ?? 0));
  });
  const room = page.width - left;
  if (widths.some((width) => width > room) || UNREAD.length > room) return lists(matrix, page);
  return blocks(widths, room).flatMap((block, index) => [
    ...(index === 0 ? [] : ['']),
    ...blockLines(matrix, block, index === 0, page),
  ]);
}

const UNREAD = '✗ cannot be read';

/** The columns of each block, as many as have room side by side; one block at least. */
function blocks(widths: readonly number[], room: number): number[][] {
  const all: number[][] = [[]];
  let used = 0;
  for (const [index, width] of widths.entries()) {
    if (used + width > room) {
      all.push([]);
      used = 0;
    }
    all.at(-1)!.push(index);
    used += width + GAP;
  }
  return all;
}

function blockLines(matrix: Matrix, block: readonly number[], first: boolean, page: Page): string[] {
  const { style } = page;
  const head = ['', ...block.map((index) => columnName(matrix.columns[index]!))];
  const rows = matrix.images
    // An image that cannot be read is said to be so once.
    .filter(({ problem }) => first || problem === null)
    .map((row) => [cell(row.image, style.strong), ...rowCells(row, block, page)]);
  return columns([head.map((text) => cell(text, style.title)), ...rows], {
    width: Number.POSITIVE_INFINITY,
    indent: 0,
    gap: GAP,
  });
}

function rowCells({ problem, cells }: MatrixRow, block: readonly number[], { style }: Page): Cell[] {
  if (problem !== null) return [cell(UNREAD, style.bad)];
  return block.map((index) => marked(cells[index]!, style));
}

/** Each image with a list of its entries below. */
function lists({ images }: Matrix, page: Page): string[] {
  const { style, width } = page;
  return images.flatMap(({ image, problem, cells }, index) => {
    const rows =
      problem === null
        ? cells.map((one) => [cell(columnName(one)), marked(one, style)])
        : [[cell(UNREAD, style.bad)]];
    const title = broken(visible(image), width).map((line) => style.strong(line));
    return [...(index === 0 ? [] : ['']), ...title, ...columns(rows, { width, gap: GAP })];
  });
}

/** A name without spaces, broken where the line ends. */
function broken(text: string, width: number): string[] {
  return text.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? [''];
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
