import { visible } from './visible.js';

/** A cell of a table: its text, and how each of its lines is marked. */
export interface Cell {
  readonly text: string;
  readonly mark?: (text: string) => string;
}

/** Columns of a table, and how far it stands from the left. */
interface Layout {
  readonly width: number;
  readonly indent?: number;
  /** Spaces between columns. */
  readonly gap?: number;
  /** The least width of each column, so that several tables line up. */
  readonly least?: readonly number[];
}

// A column narrower than this wraps into a ribbon nobody can read; the line then runs over instead.
const NARROWEST = 24;

/**
 * Rows in aligned columns. The last cell of a row wraps at the width and continues under itself; a row with fewer
 * cells than the others has all the room from there on.
 */
export function columns(rows: readonly (readonly Cell[])[], layout: Layout): string[] {
  const { width, indent = 2, gap = 2, least = [] } = layout;
  const widths = columnWidths(rows, least);
  const separator = ' '.repeat(gap);
  return rows.flatMap((row) => {
    const last = row.at(-1)!;
    const head = row.slice(0, -1).map((cell, column) => paint(cell, cell.text.padEnd(widths[column]!)));
    const start = widths.slice(0, head.length).reduce((sum, each) => sum + each + gap, indent);
    const [first = '', ...more] = wrap(last.text, Math.max(NARROWEST, width - start)).map((line) =>
      paint(last, line),
    );
    const line = `${' '.repeat(indent)}${[...head, first].join(separator)}`.trimEnd();
    return [line, ...more.map((text) => `${' '.repeat(start)}${text}`)];
  });
}

/** Widths of all columns but the last of each row, which may be as wide as it likes. */
function columnWidths(rows: readonly (readonly Cell[])[], least: readonly number[]): number[] {
  const count = Math.max(0, ...rows.map((row) => row.length - 1));
  return Array.from({ length: count }, (_, column) => {
    const texts = rows.filter((row) => row.length > column + 1).map((row) => row[column]!.text.length);
    return Math.max(least[column] ?? 0, ...texts);
  });
}

/** A text as a cell, its control characters spelt out. */
export const cell = (text: string, mark?: Cell['mark']): Cell => ({ text: visible(text), mark });

/** Breaks a text at spaces into lines of at most `width`; a word longer than that stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    if (line !== undefined && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === undefined ? word : `${line} ${word}`;
    }
  }
  return [...lines, line ?? ''];
}

function paint(cell: Cell, text: string): string {
  if (!cell.mark || text === '') return text;
  // Trailing padding stays unmarked, or underlines and backgrounds would show it.
  const shown = text.trimEnd();
  return `${cell.mark(shown)}${text.slice(shown.length)}`;
}
