import type { ImageEntry, ImageRow, ImageTable } from '../image-table.js';
import { type Cell, cell, columns } from './columns.js';
import { type GridRow, grid } from './grid.js';
import { type Page, pageOf } from './page.js';
import { plural } from './quantity.js';

/** Images and the entries that at least one of them offers. Ends with a newline. */
export function imageTableText({ images }: ImageTable, options?: Partial<Page>): string {
  const page = pageOf(options);
  const { style, width } = page;
  const all = images.find(({ entries }) => entries !== null)?.entries ?? [];
  const ids = all
    .map(({ id }) => id)
    .filter((id, _, { length }) => length === 1 || images.some((row) => find(row, id)?.offered !== false));
  const rows = images.map(
    (row): GridRow => ({
      name: row.file.name,
      cells: row.entries && [
        ...ids.map((id) => entryCell(find(row, id), page)),
        findingsCell(row, page),
        cell(row.release ?? row.description ?? ''),
      ],
    }),
  );
  const unread = images
    .filter(({ problem }) => problem !== null)
    .map(({ file, problem }) => [cell(file.name, style.strong), cell(problem!)]);
  const remarks = [
    images.some(({ entries }) => entries?.some(({ via }) => via === 'payload'))
      ? '* a loader must unpack the payload'
      : '',
    images.some(({ entries }) => entries?.some(({ offered }) => offered === null))
      ? '? not known: the payload was not unpacked'
      : '',
  ].filter(Boolean);
  return `${[
    ...grid([...ids, 'findings', 'release'], rows, page),
    ...(unread.length > 0 ? ['', ...columns(unread, { width, indent: 0 })] : []),
    ...(remarks.length > 0 ? ['', ...remarks.map((text) => style.dim(text))] : []),
  ].join('\n')}\n`;
}

/** undefined where it could not be read. */
function find({ entries }: ImageRow, id: ImageEntry['id']): ImageEntry | undefined {
  // What cannot be read must not keep a column that nothing offers.
  return entries === null ? { id, offered: false, via: null } : entries.find((entry) => entry.id === id);
}

function entryCell(entry: ImageEntry | undefined, { style }: Page): Cell {
  if (!entry || entry.offered === false) return cell('–', style.dim);
  if (entry.offered === null) return cell('?', style.dim);
  return cell(entry.via === 'payload' ? '✓*' : '✓', style.good);
}

function findingsCell({ findings }: ImageRow, { style }: Page): Cell {
  if (!findings) return cell('?', style.dim);
  const { error, warning, note } = findings;
  if (error > 0) return cell(plural(error, 'error'), style.bad);
  if (warning > 0) return cell(plural(warning, 'warning'), style.warn);
  return note > 0 ? cell(plural(note, 'note'), style.dim) : cell('–', style.dim);
}
