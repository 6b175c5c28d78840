import { type BootReport, succeeded } from '../boot.js';
import { type AutopsyTextOptions, autopsyLines } from './autopsy.js';
import { cell, columns } from './columns.js';
import { facts, LABEL_WIDTH, type Page, pageOf, section } from './page.js';
import { count } from './quantity.js';
import { visible } from './visible.js';
import { wayText } from './way.js';

/** How a boot went and, when it failed, why; for people; ends with a newline. */
export function bootText(report: BootReport, options: Partial<Page> & AutopsyTextOptions = {}): string {
  const page = pageOf(options);
  const lines = [
    ...headline(report, page),
    ...waypointsText(report, page),
    ...figures(report, page),
    ...(report.autopsy ? autopsyLines(report.autopsy, page, options) : []),
  ];
  return `${lines.join('\n')}\n`;
}

const verdicts = {
  userspace: 'userspace reached',
  reached: 'waypoint reached',
  expected: 'as expected',
  ended: 'ended by itself',
  failed: 'failed',
  'not-offered': 'not offered',
  'not-supported': 'not supported yet',
} as const;

/** The verdict and its reason alone, in one line. */
export function bootLine(report: BootReport, options?: Partial<Page>): string {
  return `${title(report, pageOf(options))}: ${visible(report.reason)}\n`;
}

function headline(report: BootReport, page: Page): string[] {
  return [title(report, page), ...columns([[cell(report.reason)]], { width: page.width, indent: 0 })];
}

function title(report: BootReport, { style }: Page): string {
  const { verdict, image, entry } = report;
  const good = succeeded(report);
  const mark = good ? style.good(`✓ ${verdicts[verdict]}`) : style.bad(`✗ ${verdicts[verdict]}`);
  const way = report.stop === null ? entry : `${entry} ${wayText(report)}`;
  return `${mark} · ${style.strong(visible(image))}${way ? ` · ${way}` : ''}`;
}

function waypointsText({ waypoints }: BootReport, page: Page): string[] {
  const { style, width } = page;
  const at = waypoints.map(({ instruction }) => count(instruction));
  const longest = Math.max(0, ...at.map((text) => text.length));
  const rows = waypoints.map(({ name }, i) => [cell(name, style.dim), cell(at[i]!.padStart(longest))]);
  return section(
    page,
    'Waypoints',
    rows.length > 0 ? 'instructions retired before each' : undefined,
    columns(rows, { width, least: [LABEL_WIDTH] }),
  );
}

function figures(report: BootReport, page: Page): string[] {
  const { stop, slide, instructions, time, seconds, exitStatus, hash, commandLine, cause } = report;
  if (stop === null) return [];
  const idle = time - instructions;
  const speed = seconds >= 1 ? `, ${Math.round(instructions / seconds / 1e6)} MIPS` : '';
  return section(
    page,
    'Figures',
    undefined,
    facts(page, [
      ['end', cause],
      ['exit status', exitStatus !== null && `${exitStatus}`],
      ['instructions', `${count(instructions)} in ${seconds.toFixed(1)} s${speed}`],
      [
        'virtual time',
        `${(time / 1e9).toFixed(3)} s${idle > 0 ? `, ${(idle / 1e9).toFixed(3)} s idle` : ''}`,
      ],
      ['KASLR', slide && slide !== '0x0' && `moved the kernel by ${slide}`],
      ['state hash', hash],
      ['command line', commandLine],
    ]),
  );
}
