import type { Autopsy } from '../../autopsy/autopsy.js';
import { cell, columns, wrap } from './columns.js';
import { facts, type Page, pageOf, section } from './page.js';
import { count } from './quantity.js';
import { visible } from './visible.js';

/** How an autopsy is shown. */
export interface AutopsyTextOptions {
  /** The console was shown already: its last lines are left away. */
  readonly consoleShown?: boolean;
}

/** Why a boot ended, for people; ends with a newline. */
export function autopsyText(autopsy: Autopsy, options: Partial<Page> & AutopsyTextOptions = {}): string {
  return `${autopsyLines(autopsy, pageOf(options), options).slice(1).join('\n')}\n`;
}

/** The same as the sections of a longer report. */
export function autopsyLines(
  autopsy: Autopsy,
  page: Page,
  { consoleShown = false }: AutopsyTextOptions = {},
): string[] {
  return [
    ...causeText(autopsy, page),
    ...walkText(autopsy, page),
    ...stackText(autopsy, page),
    ...functionsText(autopsy, page),
    ...registersText(autopsy, page),
    ...accessesText(autopsy, page),
    ...hypercallsText(autopsy, page),
    ...(consoleShown ? [] : linesText('Console', 'last lines', autopsy.console, page)),
    ...logText(autopsy, page),
    ...adviceText(autopsy, page),
  ];
}

/** A code listing's column for bytes begins behind most instructions. */
const CODE_WIDTH = 40;

function causeText(autopsy: Autopsy, page: Page): string[] {
  const { cause, rip, mode, code, chain, instruction, fault, exceptions } = autopsy;
  const { style, width, verbose } = page;
  const place = [autopsy.function, rip, mode].filter(Boolean).join(' · ');
  return [
    ...section(
      page,
      'Autopsy',
      `after ${count(instruction)} instructions`,
      columns([[cell(cause, style.bad)]], { width }),
    ),
    '',
    ...facts(page, [
      ['at', place],
      ['instruction', code && codeText(code)],
      ['exceptions', chain.length > 0 && `${chain.join(' → ')} → shutdown`],
      ...(fault && fault.rip !== rip ? faultRows(fault) : []),
      ['last exceptions', verbose && exceptions.length > 0 && exceptions.map(exceptionLine).join(', ')],
    ]),
  ];
}

/** Where the exception to blame struck, when the processor has moved on since. */
function faultRows({ rip, code, instruction, function: name, user }: NonNullable<Autopsy['fault']>) {
  const place = [name, rip, user && 'a program', `after ${count(instruction)} instructions`];
  return [
    ['fault', place.filter(Boolean).join(' · ')],
    ['its instruction', code && codeText(code)],
  ] as const;
}

const codeText = ({ text, bytes }: NonNullable<Autopsy['code']>): string =>
  `${text.padEnd(CODE_WIDTH)}  ${bytes}`;

function exceptionLine({ name, rip, address, ...rest }: Autopsy['exceptions'][number]): string {
  return `${name} in ${rest.function ?? rip}${address ? ` at ${address}` : ''}`;
}

function walkText({ fault }: Autopsy, page: Page): string[] {
  const { style, width } = page;
  const rows = fault?.walk.map(({ level, at, entry, bits, to, page: size, problem }) => [
    cell(level, style.dim),
    cell(at),
    cell(entry),
    cell(bits, problem ? style.bad : undefined),
    cell([to && `→ ${to}`, size].filter(Boolean).join(', '), style.dim),
  ]);
  const name = fault?.addressName;
  const remark = `of ${fault?.address}${name ? ` <${name}>` : ''}: where each entry is, what it holds, its bits`;
  return rows?.length ? section(page, 'Page tables', remark, columns(rows, { width })) : [];
}

/** That of the fault: what the kernel did about it tells less. */
function stackText({ stack, fault }: Autopsy, page: Page): string[] {
  const { style, width } = page;
  const then = fault && !fault.user ? fault.stack : undefined;
  const rows = (then ?? stack).map(({ address, function: name, exception }) => [
    cell(address, style.dim),
    cell(exception ? `${name}  ← ${exception}` : name, exception ? style.bad : undefined),
  ]);
  const remark = then ? 'at the fault, innermost first' : 'innermost first';
  return section(page, 'Stack', rows.length ? remark : undefined, columns(rows, { width }));
}

function functionsText({ lastFunctions, loop }: Autopsy, page: Page): string[] {
  const { width } = page;
  const chain = lastFunctions.map(({ function: name }) => visible(name)).join(' → ');
  const lines = chain ? wrap(chain, width - 2).map((line) => `  ${line}`) : [];
  const since = lastFunctions.at(-1);
  const remark = since && `first run last; the last of them after ${count(since.instruction)} instructions`;
  return [
    ...section(page, 'Last functions', remark, lines),
    ...section(
      page,
      'Seen in',
      loop.length ? 'while nothing new happened' : undefined,
      loop.length ? columns([[cell(loop.join(', '))]], { width }) : [],
    ),
  ];
}

/** Columns of a register's name and value. */
const REGISTER_WIDTH = 28;

/** Where they tell something: at the moment of a fault. */
function registersText({ registers, fault, kind }: Autopsy, page: Page): string[] {
  const { style, width, verbose } = page;
  const isFresh = fault !== undefined && (kind === 'triple-fault' || kind === 'early-exception');
  if (!verbose && !isFresh) return [];
  const cells = Object.entries(registers)
    .filter(([name]) => !name.endsWith('ip'))
    .map(([name, value]) => [cell(name, style.dim), cell(value)]);
  const short = cells.filter(([, value]) => value!.text.length <= REGISTER_WIDTH - 8);
  const long = cells.filter((pair) => !short.includes(pair));
  const each = Math.max(1, Math.floor((width - 2) / REGISTER_WIDTH));
  const rows = Array.from({ length: Math.ceil(short.length / each) }, (_, row) =>
    short.slice(row * each, (row + 1) * each).flat(),
  );
  return section(page, 'Registers', undefined, [...columns(rows, { width }), ...columns(long, { width })]);
}

function accessesText({ ports, msrs }: Autopsy, page: Page): string[] {
  const { style, width } = page;
  const portRows = ports.map(({ write, port, bits, value, count: times, device }) => [
    cell(write ? 'out' : 'in', style.dim),
    cell(port),
    cell(`${bits}-bit`, style.dim),
    cell(value),
    cell([times > 1 && `×${count(times)}`, device ?? 'nobody answers'].filter(Boolean).join(', '), style.dim),
  ]);
  const msrRows = msrs.map(({ write, index, name, value, refused, function: where }) => [
    cell(write ? 'wrmsr' : 'rdmsr', style.dim),
    cell(index),
    cell(name ?? '', style.dim),
    cell(refused ? '#GP' : value, refused ? style.bad : undefined),
    cell(where ? `in ${where}` : '', style.dim),
  ]);
  return [
    ...section(page, 'Ports', portRows.length ? 'last accesses' : undefined, columns(portRows, { width })),
    ...section(page, 'MSRs', msrRows.length ? 'last accesses' : undefined, columns(msrRows, { width })),
  ];
}

function hypercallsText({ hypercalls }: Autopsy, page: Page): string[] {
  const { style, width } = page;
  const rows = hypercalls.map(({ name, errno, unknown, function: where }) => [
    cell(name, unknown ? style.bad : undefined),
    cell(errno, style.dim),
    cell([unknown && 'unknown', where && `in ${where}`].filter(Boolean).join(', '), style.dim),
  ]);
  return section(
    page,
    'Hypercalls',
    rows.length ? 'the last that were refused' : undefined,
    columns(rows, { width }),
  );
}

function linesText(title: string, remark: string, lines: readonly string[], page: Page): string[] {
  return section(
    page,
    title,
    lines.length ? remark : undefined,
    columns(
      lines.map((line) => [cell(line)]),
      { width: page.width },
    ),
  );
}

/** What the log has behind the last line that the console had too; all of it where the console was silent. */
function logText({ console, log }: Autopsy, page: Page): string[] {
  const heard = new Set(console.map(bare));
  const lastHeard = log.findLastIndex((line) => heard.has(bare(line)));
  const news = log.slice(lastHeard + 1);
  const remark = lastHeard < 0 ? 'all of it' : 'what did not get to the console';
  return news.length ? linesText("The kernel's own log", remark, news, page) : [];
}

/** Without the time, which a console shows with other digits. */
const bare = (line: string): string => line.replace(/^\[[^\]]*\]\s*/, '').trim();

function adviceText({ advice }: Autopsy, page: Page): string[] {
  const { style, width } = page;
  const rows = advice.map((text) => [cell('-', style.dim), cell(text)]);
  return section(page, 'Try', undefined, columns(rows, { width, gap: 1 }));
}
