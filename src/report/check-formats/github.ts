import { columnName } from '../../boot/column-name.js';
import type { CheckedImage, CheckFinding, CheckReport } from '../check.js';
import { checkSummary, findingLines } from '../check-words.js';
import { type Annotation, annotationsText } from '../test-formats/annotation.js';
import type { CheckFormat } from './format.js';

const levels = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** An annotation for each finding and all that could not be judged, the gravest first, and a notice with the sum. */
export const github: CheckFormat = {
  id: 'github',
  render(report) {
    const all = [...report.images.flatMap(problems), ...report.findings.map(annotation), ...vanished(report)];
    const gravest = Object.values(levels).flatMap((level) => all.filter((one) => one.level === level));
    return annotationsText(gravest, { title: 'zeropage check', line: checkSummary(report) });
  },
};

function annotation(finding: CheckFinding): Annotation {
  const { image, rule, severity } = finding;
  return { level: levels[severity], title: `${rule}: ${image}`, lines: findingLines(finding) };
}

function problems({ image, problem, paths }: CheckedImage): Annotation[] {
  const lost = paths.flatMap((path) =>
    path.problem === null ? [] : [[columnName(path), path.problem] as const],
  );
  return [
    ...(problem === null
      ? []
      : [{ level: 'error' as const, title: `not judged: ${image}`, lines: [problem] }]),
    ...lost.map(([path, why]) => ({
      level: 'error' as const,
      title: `not judged: ${image}: ${path}`,
      lines: [why],
    })),
  ];
}

function vanished({ baseline }: CheckReport): Annotation[] {
  return (baseline?.vanished ?? []).map(({ rule, entry, function: name }) => ({
    level: 'notice' as const,
    title: `vanished: ${rule}`,
    lines: [
      `The baseline has it, no image does: ${[entry, name].filter(Boolean).join(' · ') || 'the image'}.`,
    ],
  }));
}
