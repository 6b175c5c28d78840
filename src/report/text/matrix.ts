import { usualPlatform } from '../../boot/choose.js';
import { entries } from '../../entry/entries.js';
import { succeeded } from '../boot.js';
import { type Matrix, type MatrixCell, type MatrixColumn, type MatrixRow, wasTried } from '../matrix.js';
import { type Cell, cell, columns } from './columns.js';
import { type Page, pageOf, section } from './page.js';
import { count, plural } from './quantity.js';

/** Images and entries as a table, with the reasons for failures below; ends with a newline. */
export function matrixText(matrix: Matrix, options?: Partial<Page>): string {
  const page = pageOf(options);
  const { style } = page;
  const head = ['', ...matrix.columns.map(columnName)].map((text) => cell(text, style.title));
  const rows = matrix.images.map((row) => [cell(row.image, style.strong), ...rowCells(row, page)]);
  const lines = [
    ...columns([head, ...rows], { width: Number.POSITIVE_INFINITY, indent: 0 }),
    ...failures(matrix, page),
    ...untried(matrix, page),
    '',
    ...summary(matrix, page),
  ];
  return `${lines.join('\n')}\n`;
}

function rowCells({ problem, cells }: MatrixRow, { style }: Page): Cell[] {
  if (problem !== null) return [cell('✗ cannot be read', style.bad)];
  return cells.map((one) => {
    if (one.verdict === 'not-offered') return cell('–', style.dim);
    if (one.verdict === 'not-supported') return cell('not yet', style.dim);
    const unpacked = one.via === 'payload' ? '*' : '';
    if (!succeeded(one)) return cell(`✗ ${one.cause}${unpacked}`, style.bad);
    return cell(`✓ ${destination(one)}${unpacked}`, style.good);
  });
}

/** An entry by its name, with the platform behind it where that is not the usual one. */
function columnName({ entry, platform }: MatrixColumn): string {
  const definition = entries.find(({ id }) => id === entry);
  return definition && usualPlatform(definition) === platform ? entry : `${entry}/${platform}`;
}

function destination({ verdict, waypoints }: MatrixCell): string {
  return verdict === 'userspace' ? 'userspace' : waypoints.at(-1)!.name;
}

/** Why what failed did. */
function failures({ images }: Matrix, page: Page): string[] {
  const { style, width } = page;
  const rows = images.flatMap(({ image, problem, cells }) => [
    ...(problem === null ? [] : [[cell(image), cell(''), cell(problem)]]),
    ...cells
      .filter((one) => wasTried(one) && !succeeded(one))
      .map((one) => [
        cell(image),
        cell(columnName(one), style.strong),
        cell(one.autopsy?.cause ?? one.reason),
      ]),
  ]);
  return rows.length === 0 ? [] : section(page, 'Failures', undefined, columns(rows, { width }));
}

/** Images of which nothing was booted, and why. */
function untried({ images }: Matrix, page: Page): string[] {
  const rows = images.flatMap(({ image, skipped }) =>
    skipped === null ? [] : [[cell(image), cell(skipped)]],
  );
  return rows.length === 0
    ? []
    : section(page, 'Not booted', undefined, columns(rows, { width: page.width }));
}

function summary({ images }: Matrix, { style, width }: Page): string[] {
  const tried = images.flatMap(({ cells }) => cells.filter(wasTried));
  const good = tried.filter(succeeded).length;
  const instructions = tried.reduce((sum, one) => sum + one.instructions, 0);
  const unread = images.filter(({ problem }) => problem !== null).length;
  const parts = [
    tried.length === 0
      ? 'nothing could be booted'
      : `${count(good)} of ${plural(tried.length, 'boot')} got there, ${count(Math.round(instructions / 1e6))} M instructions`,
    unread > 0 && `${plural(unread, 'image')} could not be read`,
  ];
  const marks = [
    tried.some(({ via }) => via === 'payload') &&
      '*  via payload: the kernel inside the image, unpacked first',
    images.some(({ cells }) => cells.some(({ verdict }) => verdict === 'not-offered')) && '–  not offered',
  ];
  return columns(
    [
      [cell(parts.filter(Boolean).join('; '))],
      ...marks.filter((mark) => mark !== false).map((mark) => [cell(mark, style.dim)]),
    ],
    { width, indent: 0 },
  );
}
