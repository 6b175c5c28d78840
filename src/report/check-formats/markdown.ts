import { columnName } from '../../boot/column-name.js';
import { severities } from '../../contract/rule.js';
import { type CheckedImage, type CheckFinding, type CheckReport, checkOutcome } from '../check.js';
import { checkSummary, placeOf } from '../check-words.js';
import { escaped, row } from '../test-formats/markdown-text.js';
import { howFar, toMeeting } from '../text/check-paths.js';
import { plural } from '../text/quantity.js';
import { visible } from '../text/visible.js';
import type { CheckFormat } from './format.js';

/** Characters of a comment on GitHub are 65 536 at the most; those of GitLab may have more. */
const LONGEST = 60_000;

/** A comment for a review: the errors, and all else folded. */
export const markdown: CheckFormat = {
  id: 'markdown',
  render(report) {
    const head = `${checkOutcome(report) === 'holds' ? '✓' : '✗'} **zeropage check ${escaped(checkSummary(report))}**`;
    const sections = [...report.images.flatMap((image) => imageParts(image, report)), ...vanished(report)];
    const parts = [head];
    let size = head.length;
    for (const [index, section] of sections.entries()) {
      size += section.length;
      if (size > LONGEST) {
        parts.push(`${plural(sections.length - index, 'part')} more: \`zeropage check\` shows all.`);
        break;
      }
      parts.push(section);
    }
    return `${parts.join('\n\n')}\n`;
  },
};

function imageParts(image: CheckedImage, report: CheckReport): string[] {
  const findings = report.findings.filter((finding) => finding.image === image.image);
  const of = (severity: string): CheckFinding[] => findings.filter((one) => one.severity === severity);
  const release = image.release === null ? '' : ` (${escaped(image.release)})`;
  return [
    `### ${escaped(image.image)}${release}`,
    ...(image.problem === null ? [] : [`Cannot be judged: ${escaped(image.problem)}`]),
    ...(image.paths.length > 0 ? [folded(plural(image.paths.length, 'boot'), pathsTable(image))] : []),
    ...severities.flatMap((severity) => {
      const these = of(severity).map(findingText);
      // Each error is a part of its own, so that as many as there is room for are shown.
      if (severity === 'error' || these.length === 0) return these;
      return [folded(plural(these.length, severity), these.join('\n'))];
    }),
  ];
}

const folded = (summary: string, inside: string): string =>
  `<details><summary>${summary}</summary>\n\n${inside}\n\n</details>`;

function pathsTable({ paths }: CheckedImage): string {
  return [
    row(['Entry', 'Verdict', 'Last waypoint', 'Instructions to start_kernel']),
    row([':--', ':--', ':--', '--:']),
    ...paths.map((path) => {
      const verdict = path.problem === null ? path.verdict : `not judged: ${path.problem}`;
      return row([`\`${columnName(path)}\``, escaped(verdict), escaped(howFar(path)), toMeeting(path)]);
    }),
  ].join('\n');
}

function findingText(finding: CheckFinding): string {
  const { rule, severity, message, other, confidence, reproduce } = finding;
  const place = placeOf(finding);
  return [
    `- **${severity}: ${escaped(rule)}**${place === '' ? '' : ` — ${escaped(place)}`}`,
    `  ${escaped(message)}`,
    ...(other === null ? [] : [`  Elsewhere: ${escaped(other)}`]),
    ...(confidence === 'certain' ? [] : [`  Sure: ${confidence}.`]),
    `  ${code(visible(reproduce))}`,
  ].join('  \n');
}

/** In a fence of more backticks than the text has in a row. */
function code(text: string): string {
  const fence = '`'.repeat(1 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)));
  return fence.length > 1 ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`;
}

function vanished({ baseline }: CheckReport): string[] {
  if (!baseline || baseline.vanished.length === 0) return [];
  const lines = baseline.vanished.map(
    ({ rule, entry, function: name }) =>
      `- ${[rule, entry, name]
        .filter((part) => part !== null)
        .map(escaped)
        .join(' · ')}`,
  );
  return [folded(`${lines.length} of the baseline vanished`, lines.join('\n'))];
}
