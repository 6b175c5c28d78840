import type { Comparison, PathSummary, Savings, StubSummary } from '../../compare/comparison.js';
import { bytes, count, plural } from '../../report/text/quantity.js';
import { type Content, html, type Markup, raw } from '../markup.js';
import { type Flow, flowOf, type Lane, type Stop } from './flow.js';

/** Measures in pixels; the text's are in `pictureStyle`. */
const labelWidth = 236;
const columnWidth = 146;
const rowHeight = 92;
const margin = 36;
const top = 76;
/** How far before a join a line begins to bend. */
const bend = 92;
const longestLine = 17;

/** Colours as custom properties, which a page may set; a picture that stands alone brings its own. */
export const pictureStyle = `
.picture { font-family: system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
.picture text { fill: var(--ink, #1c1c1e); font-size: 13px; }
.picture .path { font-size: 17px; font-weight: 650; }
.picture .dim { fill: var(--dim, #62626a); }
.picture .name { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: 12.5px; }
.picture .join.name { font-weight: 700; }
.picture .number { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: 12px; fill: var(--dim, #62626a); }
.picture .line { fill: none; stroke: var(--lane, #a3a3ab); stroke-linecap: round; }
.picture .line.common { stroke: var(--accent, #b4400f); }
.picture .stop { fill: var(--ground, #ffffff); stroke: var(--lane-stop, #6d6d75); stroke-width: 2.5; }
.picture .stop.common { fill: var(--accent, #b4400f); stroke: var(--ground, #ffffff); }
`;

const alone = `
svg { --ground: #ffffff; --ink: #1c1c1e; --dim: #62626a; --lane: #a3a3ab; --lane-stop: #6d6d75; --accent: #b4400f; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #16161a; --ink: #ececf0; --dim: #a2a2ac; --lane: #6d6d77; --lane-stop: #a2a2ac; --accent: #ff9463; }
}
.ground { fill: var(--ground); }
`;

/** What of a comparison is drawn. */
type Drawn = Pick<Comparison, 'paths' | 'savings'>;

/** The picture as a file of its own. */
export function pictureFile(comparison: Drawn): string {
  return `${drawn(comparison, 0, html`<style>${raw(pictureStyle + alone)}</style><rect class="ground" width="100%" height="100%" rx="12"/>`)}\n`;
}

/** The picture as part of a page that has `pictureStyle`. */
export function picture(comparison: Drawn): Markup {
  return drawn(comparison, margin - 4, null);
}

/** `left`: pixels on the left that are left out. */
function drawn({ paths, savings }: Drawn, left: number, before: Content): Markup {
  const flow = flowOf(paths);
  const width = labelWidth + Math.max(1, flow.columns) * columnWidth + margin;
  const height = top + flow.lanes.length * rowHeight + 24;
  const title = `Boot paths on their way to start_kernel: ${paths.map(({ path }) => path).join(', ')}`;
  return html`<svg class="picture" xmlns="http://www.w3.org/2000/svg" viewBox="${left} 0 ${width - left} ${height}" width="${width - left}" height="${height}" role="img" aria-label="${title}">
<title>${title}</title>${before}
${flow.lanes.map(lead)}
${flow.stops.map(line)}
${flow.stops.map((stop) => mark(stop, flow))}
${flow.lanes.map((lane) => label(lane, savings))}
<text class="dim" x="${margin}" y="${height - 50}">${imagesOf(paths)}</text>
<text class="dim" x="${margin}" y="${height - 30}">${legend}</text>
</svg>`;
}

const legend = 'Numbers: instructions until the next function. ● and thick lines: common to several paths.';

const imagesOf = (paths: readonly PathSummary[]): string =>
  [...new Set(paths.map(({ image }) => image))].join(', ');

const x = (column: number): number => labelWidth + column * columnWidth + columnWidth / 2;
const y = (row: number): number => top + row * rowHeight;
const isCommon = ({ paths }: Stop): boolean => paths.length > 1;

/** From a path's name to where it begins. */
function lead({ row, first }: Lane): Content {
  const from = { x: labelWidth - 14, y: y(row) };
  if (first) return stroke(from, { x: x(first.column), y: y(first.row) }, 1);
  return html`<path class="line" stroke-width="2.5" stroke-dasharray="2 7" d="M${from.x} ${from.y}H${from.x + 44}"/>`;
}

function line(stop: Stop): Content {
  const { next, column, row, paths, least, most } = stop;
  if (!next) return null;
  const from = { x: x(column), y: y(row) };
  const to = { x: x(next.column), y: y(next.row) };
  const end = from.y === to.y ? to.x : to.x - bend;
  const numbers = least === most ? count(least) : `${count(least)}–${count(most)}`;
  return html`${stroke(from, to, paths.length)}
<text class="number" text-anchor="middle" x="${(from.x + end) / 2}" y="${from.y + 24}">${numbers}</text>`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function stroke(from: Point, to: Point, paths: number): Markup {
  const way =
    from.y === to.y
      ? `H${to.x}`
      : `H${to.x - bend}C${to.x - bend / 2} ${from.y} ${to.x - bend / 2} ${to.y} ${to.x} ${to.y}`;
  const kind = paths > 1 ? 'line common' : 'line';
  return html`<path class="${kind}" stroke-width="${2.5 + 1.5 * (paths - 1)}" d="M${from.x} ${from.y}${way}"/>`;
}

/** A function: a filled disc where several paths run it, a bold name where they join. */
function mark(stop: Stop, { stops, lanes }: Flow): Content {
  const { name, column, row, isPrologue } = stop;
  const arriving =
    stops.filter(({ next }) => next === stop).length + lanes.filter(({ first }) => first === stop).length;
  const lines = broken(name);
  const kind = isCommon(stop) ? 'common' : '';
  const classes = isPrologue ? 'dim' : `name${isCommon(stop) && arriving > 1 ? ' join' : ''}`;
  const baseline = y(row) - 18 - (lines.length - 1) * 15;
  return html`<circle class="stop ${kind}" cx="${x(column)}" cy="${y(row)}" r="${isCommon(stop) ? 8 : 5.5}"/>
<text class="${classes}" text-anchor="middle" x="${x(column)}" y="${baseline}">${lines.map(
    (text, i) => html`<tspan x="${x(column)}" dy="${i === 0 ? 0 : 15}">${text}</tspan>`,
  )}</text>`;
}

function label({ path, row, first }: Lane, { stubs }: Savings): Content {
  const stub = stubs.find((each) => each.path === path.path);
  const remarks = first
    ? [...filledBy(path), ...(stub && stub.functions > 0 ? [sizeOf(stub)] : [])]
    : [`${path.verdict}, last at ${path.waypoints.at(-1)?.name ?? 'nothing'}`];
  return html`<text class="path" x="${margin}" y="${y(row) - 2}">${path.path}</text>
${remarks.map((remark, i) => html`<text class="dim" x="${margin}" y="${y(row) + 17 * (i + 1)}">${remark}</text>`)}`;
}

const sizeOf = ({ functions, bytes: size }: StubSummary): string =>
  `on its own: ${plural(functions, 'function')}, ${bytes(size)}`;

/** Who filled the zero page, and who copied it. */
function filledBy({ zeroPage }: PathSummary): string[] {
  const copiers = new Set(zeroPage.flatMap(({ copiedBy }) => copiedBy ?? []));
  const writers = new Set(zeroPage.map(({ by }) => by));
  if (writers.size === 0) return [];
  const copied = copiers.size > 0 ? [`copied by ${[...copiers].join(', ')}`] : [];
  return [`zero page: ${[...writers].join(', ')}`, ...copied];
}

/** A name in lines that are as long as there is room for, broken behind an underscore. */
function broken(name: string): string[] {
  const lines = [''];
  for (const part of name.match(/[^_]*_+|[^_]+/g) ?? [name]) {
    if (lines.at(-1) !== '' && lines.at(-1)!.length + part.length > longestLine) lines.push('');
    lines[lines.length - 1] += part;
  }
  return lines;
}
