import { hex } from '../../../core/errors.js';
import type { FindingReport, Inspection } from '../../inspection.js';
import { cell, columns } from '../columns.js';
import { LABEL_WIDTH, type Page, section } from '../page.js';
import { plural } from '../quantity.js';

/** What the rules found. */
export function findingsText({ findings, depth }: Inspection, page: Page): string[] {
  if (depth === 'headers') return section(page, 'Findings', 'not checked', []);
  const lines = findings.flatMap((finding) => findingLines(finding, page));
  return section(page, 'Findings', remark(findings), lines);
}

function findingLines(finding: FindingReport, page: Page): string[] {
  const { severity, rule, message, offset, layer } = finding;
  const { style, width } = page;
  const place = offset === null ? layer : `${layer} ${hex(offset)}`;
  const least = [LABEL_WIDTH];
  return [
    ...columns([[cell(severity, mark(finding, page)), cell(rule), cell(place, style.dim)]], { width, least }),
    ...columns([[cell(''), cell(message)]], { width, least }),
  ];
}

function remark(findings: readonly FindingReport[]): string {
  const counts = (['error', 'warning', 'note'] as const)
    .map(
      (severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const,
    )
    .filter(([, count]) => count > 0);
  return counts.map(([severity, count]) => plural(count, severity)).join(', ') || 'none';
}

function mark({ severity }: FindingReport, { style }: Page): (text: string) => string {
  return severity === 'error' ? style.bad : severity === 'warning' ? style.warn : style.dim;
}
