import { severities } from '../contract/rule.js';
import { type CheckFinding, type CheckReport, checkOutcome, fails } from './check.js';
import { count, plural } from './text/quantity.js';

/** Where a finding is: path, function, instruction. */
export function placeOf({ entry, function: name, instruction }: CheckFinding): string {
  const parts = [entry, name, instruction !== null && `instruction ${count(instruction)}`];
  return parts.filter(Boolean).join(' · ');
}

/** A finding in lines: place and message, what others do there, how sure it is, and the command that shows it. */
export function findingLines(finding: CheckFinding): string[] {
  const { message, other, confidence, reproduce } = finding;
  const place = placeOf(finding);
  return [
    place === '' ? message : `${place}: ${message}`,
    ...(other === null ? [] : [`elsewhere: ${other}`]),
    ...(confidence === 'certain' ? [] : [`sure: ${confidence}`]),
    `see: ${reproduce}`,
  ];
}

/** How many there are of each severity: `1 error, 2 notes`. */
export function countedFindings(findings: readonly CheckFinding[]): string {
  const counts = severities
    .map(
      (severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const,
    )
    .filter(([, number]) => number > 0);
  return counts.map(([severity, number]) => plural(number, severity)).join(', ') || 'no finding';
}

/** The whole check in one line: whether all holds, and why. */
export function checkSummary(report: CheckReport): string {
  const { images, findings, baseline } = report;
  const unread = images.filter(({ problem }) => problem !== null).length;
  const lost = images.flatMap(({ paths }) => paths.filter(({ problem }) => problem !== null)).length;
  const parts = [
    `${plural(images.length, 'image')}: ${countedFindings(findings)}`,
    baseline && baseline.known > 0 && `${count(baseline.known)} known`,
    baseline && baseline.vanished.length > 0 && `${count(baseline.vanished.length)} of the baseline vanished`,
    unread > 0 && `${plural(unread, 'image')} could not be judged`,
    lost > 0 && `${plural(lost, 'boot')} could not be judged`,
  ];
  const found = findings.some((finding) => fails(report, finding));
  const word = found ? 'does not hold' : checkOutcome(report) === 'holds' ? 'holds' : 'not judged';
  return `${word} · ${parts.filter(Boolean).join('; ')}`;
}
