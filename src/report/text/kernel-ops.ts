import type { OpOnPath, OpRow, OpsAt, OpsReport } from '../../compare/ops.js';
import { type Cell, cell, columns } from './columns.js';
import { type Page, pageOf, section } from './page.js';
import { count, plural } from './quantity.js';

/** Which parts of the tables are shown. */
export interface OpsFilter {
  /** Only what differs between paths, or, of one, from the image. */
  readonly differences?: boolean;
}

/** Tables of operations, for people; ends with a newline. */
export function kernelOpsText(
  report: OpsReport,
  filter: OpsFilter = {},
  options: Partial<Page> = {},
): string {
  const page = pageOf(options);
  const lines = [...problems(report, page), ...report.at.flatMap((at) => waypoint(at, report, filter, page))];
  return `${lines.join('\n').replace(/^\n/, '')}\n`;
}

function problems({ paths }: OpsReport, page: Page): string[] {
  const rows = paths.flatMap(({ path, problem }) => (problem ? [[cell(path), cell(problem)]] : []));
  return section(page, 'No tables', undefined, columns(rows, { width: page.width }));
}

function waypoint(at: OpsAt, report: OpsReport, filter: OpsFilter, page: Page): string[] {
  const names = report.paths.map(({ path }) => path);
  const reached = names.map((name) => at.instructions[name]);
  const instructions = reached.every((each) => each === null || each === undefined)
    ? 'no boot got there'
    : names.map((name, i) => `${name}: ${placed(reached[i])}`).join(', ');
  const head = section(page, `At ${at.waypoint}`, instructions, []);
  return [...head, ...at.tables.flatMap((table) => tableLines(table, names, filter, page))];
}

const placed = (instruction: number | null | undefined): string =>
  instruction === null || instruction === undefined ? 'not reached' : count(instruction);

function tableLines(
  { table, freed, ops }: OpsAt['tables'][number],
  names: readonly string[],
  { differences = false }: OpsFilter,
  page: Page,
): string[] {
  const { style, width } = page;
  if (ops.length === 0) return freed ? [`  ${table}: in init memory, which is free by now`] : [];
  const isOne = names.length === 1;
  const shown = ops.filter((op) => !differences || (isOne ? isOwn(op, names[0]!) : op.differs));
  const left = ops.length - shown.length;
  const title = `  ${style.title(table)}${left > 0 ? style.dim(`  ${plural(left, 'member')} the same`) : ''}`;
  if (shown.length === 0) return [title];
  const head = [cell(''), cell('', style.dim), ...names.map((name) => cell(name, style.dim))];
  const rows = shown.map((op) => [
    cell(!isOne && op.differs ? '≠' : ' ', style.strong),
    cell(op.member),
    ...names.map((name) => opCell(op.paths[name] ?? null, page)),
    ...(isOne ? [cell(whence(op, names[0]!), style.dim)] : []),
  ]);
  return [title, ...columns(isOne ? rows : [head, ...rows], { width, indent: 2 })];
}

/** Something else than the image has. */
function isOwn({ paths, initial }: OpRow, name: string): boolean {
  const op = paths[name];
  return op !== null && op !== undefined && op.target !== initial;
}

function opCell(op: OpOnPath | null, { style }: Page): Cell {
  if (!op) return cell('', style.dim);
  const code = siteText(op);
  const target = op.target ?? 'null';
  if (op.kind === 'replaced') return cell(`${target}${code}`, style.strong);
  return cell(`${target}${code}`, op.kind === 'value' ? undefined : style.dim);
}

/** What the places that call it execute, where that is not a call through the table or of the function itself. */
function siteText({ sites, target }: OpOnPath): string {
  const patched = sites.filter(({ code }) => !code.includes('*pv_ops') && !isCallOf(code, target));
  if (patched.length === 0) return '';
  const [first, ...more] = patched;
  return ` [${first!.code}${more.length > 0 ? `, ${more.length} more` : ''}]`;
}

/** A function may have several names. */
const isCallOf = (code: string, target: string | null): boolean =>
  code === `call ${target}` || code === `jmp ${target}`;

/** Who wrote it, and what the image has. */
function whence({ paths, initial }: OpRow, name: string): string {
  const op = paths[name];
  const calls = op?.sites.reduce((sum, { count: each }) => sum + each, 0) ?? 0;
  const sites = calls > 0 ? `${plural(calls, 'site')}` : '';
  if (!op || op.target === initial) return sites;
  const by = op.by ? `by ${[op.by.function, ...op.by.callers.slice(0, 1)].join(' < ')}` : '';
  return [`was ${initial ?? 'null'}`, by, sites].filter(Boolean).join(' · ');
}
