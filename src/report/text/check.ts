import type { Severity } from '../../contract/rule.js';
import type { CheckedImage, CheckFinding, CheckReport } from '../check.js';
import { cell, columns } from './columns.js';
import { LABEL_WIDTH, type Page, pageOf, section } from './page.js';
import { count, plural } from './quantity.js';
import { visible } from './visible.js';

const severities = ['error', 'warning', 'note'] as const;

/** What a check found, for people; ends with a newline. */
export function checkText(report: CheckReport, options: Partial<Page> = {}): string {
  const page = pageOf(options);
  const parts = report.images.map((image) => imageLines(image, report, page));
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function imageLines(image: CheckedImage, report: CheckReport, page: Page): string[] {
  const findings = report.findings.filter((finding) => finding.image === image.image);
  const shown = page.verbose ? findings : findings.filter(({ severity }) => severity !== 'note');
  const notes = findings.length - shown.length;
  return [
    headline(image, findings, page),
    ...pathsText(image, page),
    ...section(
      page,
      'Findings',
      counted(findings),
      shown.flatMap((finding) => findingLines(finding, page)),
    ),
    ...(notes > 0 ? ['', page.style.dim(`${plural(notes, 'note')} more: --verbose`)] : []),
  ];
}

function headline(
  { image, release }: CheckedImage,
  findings: readonly CheckFinding[],
  { style }: Page,
): string {
  const holds = findings.every(({ severity }) => severity !== 'error');
  const mark = holds ? style.good('✓ holds') : style.bad('✗ does not hold');
  return [mark, style.strong(visible(image)), ...(release === null ? [] : [visible(release)])].join(' · ');
}

function pathsText({ paths }: CheckedImage, page: Page): string[] {
  const { style, width } = page;
  const rows = paths.map(({ entry, platform, verdict, waypoints }) => [
    cell(`${entry}/${platform}`),
    cell(verdict, verdict === 'failed' ? style.bad : style.good),
    cell(waypoints.length > 0 ? `last waypoint ${waypoints.at(-1)!.name}` : '', style.dim),
  ]);
  return section(page, 'Paths', undefined, columns(rows, { width, least: [LABEL_WIDTH] }));
}

function counted(findings: readonly CheckFinding[]): string {
  const counts = severities
    .map(
      (severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const,
    )
    .filter(([, number]) => number > 0);
  return counts.map(([severity, number]) => plural(number, severity)).join(', ') || 'none';
}

function findingLines(finding: CheckFinding, page: Page): string[] {
  const { style, width } = page;
  const { severity, rule, message, other, confidence, reproduce } = finding;
  const layout = { width, least: [LABEL_WIDTH] };
  return [
    ...columns([[cell(severity, mark(severity, page)), cell(rule), cell(place(finding), style.dim)]], layout),
    ...columns([[cell(''), cell(message)]], layout),
    ...(other === null ? [] : columns([[cell('  elsewhere', style.dim), cell(other)]], layout)),
    ...(confidence === 'certain' ? [] : columns([[cell('  sure', style.dim), cell(confidence)]], layout)),
    ...columns([[cell('  see', style.dim), cell(reproduce, style.dim)]], layout),
  ];
}

/** Where it is: path, function, instruction. */
function place({ entry, function: name, instruction }: CheckFinding): string {
  const parts = [entry, name, instruction !== null && `instruction ${count(instruction)}`];
  return parts.filter(Boolean).join(' · ');
}

function mark(severity: Severity, { style }: Page): (text: string) => string {
  return severity === 'error' ? style.bad : severity === 'warning' ? style.warn : style.dim;
}
