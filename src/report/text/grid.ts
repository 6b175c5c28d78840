import { type Cell, cell, columns } from './columns.js';
import type { Page } from './page.js';
import { visible } from './visible.js';

/** A named row of a grid; without cells it could not be read. */
export interface GridRow {
  readonly name: string;
  readonly cells: readonly Cell[] | null;
}

/** Spaces between two columns. */
const GAP = 2;
const UNREAD = '✗ cannot be read';

/**
 * Rows and columns with names. Where the page is too narrow, some columns stand below the others; where it is too narrow even
 * for a row's name and one column, there is a list of the columns for each row.
 */
export function grid(heads: readonly string[], rows: readonly GridRow[], page: Page): string[] {
  const left = Math.max(0, ...rows.map(({ name }) => visible(name).length)) + GAP;
  const widths = heads.map((head, index) => {
    const texts = rows.map(({ cells }) => cells?.[index]?.text.length ?? 0);
    return Math.max(head.length, ...texts);
  });
  const room = page.width - left;
  if (widths.some((width) => width > room) || UNREAD.length > room) return lists(heads, rows, page);
  return blocks(widths, room).flatMap((block, index) => [
    ...(index === 0 ? [] : ['']),
    ...blockLines(heads, rows, block, index === 0, page),
  ]);
}

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

function blockLines(
  heads: readonly string[],
  rows: readonly GridRow[],
  block: readonly number[],
  first: boolean,
  page: Page,
): string[] {
  const { style } = page;
  const head = ['', ...block.map((index) => heads[index]!)];
  const lines = rows
    // What cannot be read is said to be so once.
    .filter(({ cells }) => first || cells !== null)
    .map(({ name, cells }) => [
      cell(name, style.strong),
      ...(cells === null ? [cell(UNREAD, style.bad)] : block.map((index) => cells[index]!)),
    ]);
  return columns([head.map((text) => cell(text, style.title)), ...lines], {
    width: Number.POSITIVE_INFINITY,
    indent: 0,
    gap: GAP,
  });
}

/** Each row with a list of its cells below. */
function lists(heads: readonly string[], rows: readonly GridRow[], page: Page): string[] {
  const { style, width } = page;
  return rows.flatMap(({ name, cells }, index) => {
    const lines =
      cells === null ? [[cell(UNREAD, style.bad)]] : cells.map((one, column) => [cell(heads[column]!), one]);
    const title = broken(visible(name), width).map((line) => style.strong(line));
    return [...(index === 0 ? [] : ['']), ...title, ...columns(lines, { width, gap: GAP })];
  });
}

/** A name without spaces, broken where the line ends. */
function broken(text: string, width: number): string[] {
  return text.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? [''];
}
