import { hex } from '../../core/errors.js';
import type { PlaceReport, RegisterReport, StartOfDay } from '../start-of-day.js';
import { cell, columns } from './columns.js';
import { LABEL_WIDTH, type Page, pageOf, section } from './page.js';
import { bytes } from './quantity.js';
import { wayText } from './way.js';

/** The state in which a boot begins, for people; ends with a newline. */
export function startOfDayText(report: StartOfDay, options?: Partial<Page>): string {
  const page = pageOf(options);
  const { style } = page;
  const lines = [
    style.strong(report.image),
    `${report.title} · ${wayText(report)} · ${report.memory} MiB`,
    ...registersText(report, page),
    ...segmentsText(report, page),
    ...memoryMapText(report, page),
    ...placesText(report, page),
    ...report.places.flatMap((place) => fieldsText(place, page)),
    ...section(page, 'Command line', undefined, columns([[cell(report.commandLine)]], page)),
  ];
  return `${lines.join('\n')}\n`;
}

/** General registers that hold nothing are named in one line. */
function registersText({ registers }: StartOfDay, page: Page): string[] {
  const { style, width } = page;
  const isEmpty = ({ name, value }: RegisterReport): boolean =>
    /^r(?!ip|flags)/.test(name) && value === '0x0';
  const rows = registers
    .filter((register) => !isEmpty(register))
    .map(({ name, value, meaning }) => [
      cell(name, style.dim),
      cell(value),
      ...(meaning ? [cell(meaning)] : []),
    ]);
  const empty = registers.filter(isEmpty).map(({ name }) => name);
  const rest = [cell('0', style.dim), cell(empty.join(' '), style.dim)];
  return section(page, 'Registers', undefined, columns([...rows, rest], { width, least: [LABEL_WIDTH] }));
}

function segmentsText({ segments }: StartOfDay, page: Page): string[] {
  const { style, width } = page;
  const rows = segments.map(({ name, selector, base, limit, meaning }) => [
    cell(name, style.dim),
    cell(selector),
    cell(`base ${base}`),
    cell(`limit ${limit}`),
    cell(meaning),
  ]);
  return section(page, 'Segments', undefined, columns(rows, { width, least: [LABEL_WIDTH] }));
}

function memoryMapText({ memoryMap }: StartOfDay, page: Page): string[] {
  const { style, width } = page;
  const rows = memoryMap.map(({ start, size, type }) => [
    cell(type, type === 'ram' ? style.good : style.dim),
    cell(range(start, size)),
    cell(bytes(size)),
  ]);
  return section(page, 'Memory map', undefined, columns(rows, { width, least: [LABEL_WIDTH] }));
}

function placesText({ places }: StartOfDay, page: Page): string[] {
  const { style, width } = page;
  const rows = places.map(({ name, start, size }) => [
    cell(name, style.dim),
    cell(range(start, size)),
    cell(bytes(size)),
  ]);
  return section(page, 'In memory', undefined, columns(rows, { width, least: [LABEL_WIDTH] }));
}

function fieldsText({ name, start, fields }: PlaceReport, page: Page): string[] {
  const { style, width } = page;
  const rows = fields.map(({ offset, name: field, value, meaning }) => [
    cell(offset, style.dim),
    cell(field),
    cell(value),
    cell(meaning ?? '', style.dim),
  ]);
  return rows.length === 0
    ? []
    : section(page, name, `at ${start}, what is not zero`, columns(rows, { width }));
}

function range(start: string, size: number): string {
  return `${start}–${hex(BigInt(start) + BigInt(size) - 1n)}`;
}
