import type { Comparison, Dead, Sides, Unreachable } from '../../compare/comparison.js';
import { cell, columns } from './columns.js';
import { joinPicture } from './join-picture.js';
import { knowsText } from './knows.js';
import { LABEL_WIDTH, type Page, pageOf, section } from './page.js';
import { afterText, partingsText } from './partings.js';
import { bytes, count, plural } from './quantity.js';
import { sameStateText } from './same-state.js';
import { savingsText } from './savings.js';
import { twiceText } from './twice.js';

/** Boot paths beside each other, for people; ends with a newline. */
export function pathsText(comparison: Comparison, options: Partial<Page> = {}): string {
  const page = pageOf(options);
  const lines = [
    ...summary(comparison, page),
    ...section(
      page,
      'The way to start_kernel',
      'instructions of each function before it hands on',
      joinPicture(comparison.paths),
    ),
    ...joins(comparison, page),
    ...before(comparison, page),
    ...whole(comparison, page),
    ...partingsText(comparison, page),
    ...afterText(comparison, page),
    ...twiceText(comparison, page),
    ...sameStateText(comparison, page),
    ...knowsText(comparison, page),
    ...savingsText(comparison, page),
    ...dead(comparison, page),
  ];
  return `${lines.join('\n').replace(/^\n/, '')}\n`;
}

function summary({ paths }: Comparison, page: Page): string[] {
  const { style, width } = page;
  const rows = paths.map(({ path, image, platform, verdict, waypoints }) => [
    cell(path, style.strong),
    cell(platform),
    cell(`${verdict}, last at ${waypoints.at(-1)?.name ?? 'nothing'} · ${image}`),
  ]);
  return section(page, 'Paths', undefined, columns(rows, { width, least: [LABEL_WIDTH] }));
}

const versus = ({ a, b }: { a: string; b: string }): string => `${a} · ${b}`;

function joins({ joins: found }: Comparison, page: Page): string[] {
  const rows = found.map((join) => [
    cell(versus(join)),
    cell(join.at ?? 'nowhere: one did not reach start_kernel'),
  ]);
  return section(page, 'Where they join', undefined, columns(rows, { width: page.width }));
}

function before(comparison: Comparison, page: Page): string[] {
  const lines = comparison.before.flatMap((pair) => sides(versus(pair), pair, pair, page));
  return section(page, 'Before start_kernel', 'functions entered on one side alone', lines);
}

function sides(title: string, names: { a: string; b: string }, found: Sides, page: Page): string[] {
  const { onlyA, onlyB, both, reordered } = found;
  const { style, width } = page;
  const list = (label: string, functions: readonly string[]) =>
    functions.length === 0
      ? []
      : [[cell(label, style.dim), cell(`${functions.length}: ${functions.join(' ')}`)]];
  const rows = [
    ...list(`only ${names.a}`, onlyA),
    ...list(`only ${names.b}`, onlyB),
    ...list('in another order', reordered),
  ];
  return [`  ${title}: ${count(both)} on both`, ...columns(rows, { width, indent: 4 })];
}

function whole({ whole: pairs }: Comparison, page: Page): string[] {
  const rows = pairs.flatMap(({ a, b, init, other }) => [
    [cell(versus({ a, b })), cell('init text'), cell(figures(a, b, init))],
    [cell(''), cell('other'), cell(figures(a, b, other))],
  ]);
  return section(page, 'In the whole boot', 'functions entered', columns(rows, { width: page.width }));
}

const figures = (a: string, b: string, { onlyA, onlyB, both, reordered }: Sides): string =>
  `${count(onlyA.length)} only ${a}, ${count(onlyB.length)} only ${b}, ${count(both)} both, ${count(reordered.length)} of them in another order`;

function dead({ dead: found }: Comparison, page: Page): string[] {
  if (!found) return [];
  const { width } = page;
  const lines = (['init', 'text'] as const).flatMap((part) =>
    columns(deadRows(part, found[part]), { width }),
  );
  return [
    ...section(page, 'What ran nowhere here', 'observed in these boots, no proof that it cannot', lines),
    ...unreachable(found, page),
  ];
}

function unreachable({ init, text }: NonNullable<Comparison['dead']>, page: Page): string[] {
  if (!init.static || !text.static) return [];
  const row = (title: string, inInit: Unreachable, inText: Unreachable) => [
    cell(title),
    cell(`init text ${size(inInit)}; other text ${size(inText)}`),
  ];
  const size = ({ functions, bytes: all }: Unreachable) =>
    `${plural(functions.length, 'function')}, ${bytes(all)}`;
  const rows = [
    ...Object.entries(init.static.from).map(([path, found]) => row(path, found, text.static!.from[path]!)),
    row('all of these', init.static.none, text.static.none),
  ];
  const lead = 'static, of the image alone: no code or data leads there from the entry';
  return section(page, 'What cannot run', lead, columns(rows, { width: page.width }));
}

function deadRows(part: string, { functions, bytes: size, observed }: Dead) {
  const { none, noneBytes, all, only } = observed;
  const label = part === 'init' ? 'init text' : 'other text';
  return [
    [cell(label), cell(`${plural(functions, 'function')}, ${bytes(size)}`)],
    [cell(''), cell(`on none ${count(none.length)}, ${bytes(noneBytes)}; on all ${count(all)}`)],
    ...Object.entries(only).map(([path, names]) => [cell(''), cell(`only ${path}: ${count(names.length)}`)]),
  ];
}
