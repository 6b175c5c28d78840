import type { Comparison, Led } from '../../compare/comparison.js';
import { type PartingRow, partingRows } from '../../compare/parting-rows.js';
import { cell, columns } from './columns.js';
import { type Page, section } from './page.js';
import { count, plural } from './quantity.js';
import { visible } from './visible.js';

/** Rows of each kind, names of each path, and functions that led to others, as they are for people; the other formats have all. */
const mostRows = 40;
const mostNames = 6;
const mostLed = 12;

/** Where paths part again in common code: a line a difference, with what each path entered there. */
export function partingsText({ partings }: Comparison, page: Page): string[] {
  const { style, width } = page;
  const rows = partingRows(partings);
  const isBranch = ({ by }: PartingRow): boolean => by === 'branch';
  const parts = [rows.filter((row) => !isBranch(row)), rows.filter(isBranch)];
  const lines = parts.flatMap((part) => {
    const shown = part.slice(0, mostRows).map((row) => [cell(row.by, style.dim), cell(rowText(row))]);
    const more = part.length - shown.length;
    return columns([...shown, ...(more > 0 ? [[cell(`and ${count(more)} more`, style.dim)]] : [])], {
      width,
    });
  });
  return section(
    page,
    'Where they part again',
    'behind the joins: who decided, where, and what was entered',
    lines,
  );
}

function rowText({ places, entered }: PartingRow): string {
  const paths = new Map<string, string[]>();
  for (const [path, names] of entered) {
    const text = names.length === 0 ? '' : listed(names);
    paths.set(text, [...(paths.get(text) ?? []), path]);
  }
  const more = places.length > 1 ? ` and ${plural(places.length - 1, 'more place')}` : '';
  const said = [...paths].filter(([text]) => text !== '').map(([text, on]) => `${text} on ${on.join(' ')}`);
  return `${places[0]}${more}: ${said.join('; ')}`;
}

function listed(names: readonly string[]): string {
  const more = names.length - mostNames;
  return `${names.slice(0, mostNames).join(' ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
}

/** What only one path ran behind a join: how many functions, and what led to most of them. */
export function afterText({ after }: Comparison, page: Page): string[] {
  const { style, width } = page;
  const lines = after.flatMap(({ a, b, onlyA, onlyB }) => {
    const rows = [...sideRow(a, onlyA), ...sideRow(b, onlyB)];
    const cells = rows.map(([path, text]) => [cell(`only ${path}`, style.dim), cell(text)]);
    return rows.length === 0 ? [] : [`  ${visible(`${a} · ${b}`)}`, ...columns(cells, { width, indent: 4 })];
  });
  const remark = 'functions that one path alone ran, by the common function that led there';
  return section(page, 'Behind the joins', remark, lines);
}

function sideRow(path: string, led: readonly Led[] | null): (readonly [string, string])[] {
  if (!led || led.length === 0) return [];
  const largest = led.toSorted((x, y) => y.functions.length - x.functions.length).slice(0, mostLed);
  const rest = led.length - largest.length;
  const groups = largest.map(
    ({ under, how, functions }) => `${ledText(under, how)} ${count(functions.length)}`,
  );
  const more = rest > 0 ? `, ${plural(rest, 'more group')}` : '';
  const total = led.reduce((sum, { functions }) => sum + functions.length, 0);
  return [[path, `${plural(total, 'function')}: ${groups.join(', ')}${more}`]];
}

/** Who led there, and how. */
export function ledText(under: string | null, how: Led['how']): string {
  if (how === 'unknown') return 'not known';
  if (how === 'during') return `from ${under} on`;
  return under ?? `an ${how}`;
}
