import { severities } from '../../contract/rule.js';
import { type CheckedImage, type CheckFinding, type CheckReport, checkOutcome } from '../check.js';
import { checkSummary, countedFindings, placeOf } from '../check-words.js';
import { checkPathsText } from './check-paths.js';
import { cell, columns } from './columns.js';
import { type Page, pageOf, section } from './page.js';
import { plural } from './quantity.js';
import { visible } from './visible.js';

/** What a check found, for people: image by image, with a summary where they are several; ends with a newline. */
export function checkText(report: CheckReport, options: Partial<Page> = {}): string {
  const page = pageOf(options);
  const { images, findings } = report;
  const hidden = page.verbose ? 0 : findings.filter(({ severity }) => severity === 'note').length;
  const lines = [
    ...images.flatMap((image, index) => [...(index > 0 ? [''] : []), ...imageLines(image, report, page)]),
    ...vanishedLines(report, page),
    ...(images.length > 1 ? overview(report, page) : []),
    '',
    ...(hidden > 0 ? [page.style.dim(`${plural(hidden, 'note')} not shown: --verbose`)] : []),
    ...lastLine(report, page),
  ];
  return `${lines.join('\n')}\n`;
}

function imageLines(image: CheckedImage, report: CheckReport, page: Page): string[] {
  const { style, width } = page;
  const findings = findingsOf(image, report);
  const title = [
    style.strong(visible(image.image)),
    ...(image.release === null ? [] : [visible(image.release)]),
  ];
  return [
    [markOf(image, report, page), ...title].join(' · '),
    ...(image.problem === null ? [] : columns([[cell(image.problem, style.bad)]], { width })),
    ...checkPathsText(image, page),
    ...severities
      .filter((severity) => severity !== 'note' || page.verbose)
      .flatMap((severity) => severityLines(severity, findings, page)),
  ];
}

const findingsOf = ({ image }: CheckedImage, { findings }: CheckReport): CheckFinding[] =>
  findings.filter((finding) => finding.image === image);

function markOf(image: CheckedImage, report: CheckReport, { style }: Page): string {
  const outcome = checkOutcome({ ...report, images: [image], findings: findingsOf(image, report) });
  if (outcome === 'holds') return style.good('✓ holds');
  return outcome === 'found' ? style.bad('✗ does not hold') : style.warn('? not judged');
}

const titles = { error: 'Errors', warning: 'Warnings', note: 'Notes' } as const;

function severityLines(
  severity: CheckFinding['severity'],
  findings: readonly CheckFinding[],
  page: Page,
): string[] {
  const these = findings.filter((finding) => finding.severity === severity);
  const lines = these.flatMap((finding, index) => [
    ...(index > 0 ? [''] : []),
    ...findingText(finding, page),
  ]);
  return these.length === 0 ? [] : section(page, titles[severity], String(these.length), lines);
}

/** Columns of the labels below a finding's message. */
const LABELS = 'elsewhere'.length;

function findingText(finding: CheckFinding, page: Page): string[] {
  const { style, width } = page;
  const { severity, rule, message, other, confidence, reproduce } = finding;
  const mark = { error: style.bad, warning: style.warn, note: style.dim }[severity];
  const labelled = (label: string, text: string): string[] =>
    columns([[cell(label, style.dim), cell(text)]], { width, indent: 4, least: [LABELS] });
  return [
    ...columns([[cell(rule, mark), cell(placeOf(finding))]], { width }),
    ...columns([[cell(message)]], { width, indent: 4 }),
    ...(other === null ? [] : labelled('elsewhere', other)),
    ...(confidence === 'certain' ? [] : labelled('sure', confidence)),
    // In one line however long, to be copied.
    `    ${style.dim(`${'see'.padEnd(LABELS)}  ${visible(reproduce)}`)}`,
  ];
}

function vanishedLines({ baseline }: CheckReport, page: Page): string[] {
  const { style, width } = page;
  const rows = (baseline?.vanished ?? []).map(({ rule, entry, function: name }) => [
    cell(rule),
    cell([entry, name].filter(Boolean).join(' · '), style.dim),
  ]);
  return section(page, 'Vanished', rows.length > 0 ? 'in the baseline, and found no more' : undefined, [
    ...columns(rows, { width }),
  ]);
}

/** A line an image. */
function overview(report: CheckReport, page: Page): string[] {
  const { width } = page;
  const rows = report.images.map((image) => [
    cell(image.image),
    cell(markOf(image, report, { ...page, style: { ...page.style, good: same, bad: same, warn: same } })),
    cell(image.problem ?? countedFindings(findingsOf(image, report))),
  ]);
  return section(page, 'Summary', undefined, columns(rows, { width }));
}

const same = (text: string): string => text;

/** Whether all holds and why: what the exit code says. */
function lastLine(report: CheckReport, { style, width }: Page): string[] {
  const mark = { holds: style.good, found: style.bad, 'not-judged': style.warn }[checkOutcome(report)];
  return columns([[cell(checkSummary(report), mark)]], { width, indent: 0 });
}
