import { columnName } from '../../boot/column-name.js';
import { type CheckedImage, type CheckReport, fails } from '../check.js';
import { countedFindings, findingLines } from '../check-words.js';
import type { TestCase, TestGroup } from '../test-formats/test-case.js';

/** A check as groups of tests: a group an image, and in it a test for each rule, behind what could not be judged. */
export function testGroups(report: CheckReport): TestGroup[] {
  return report.images.map((image) => ({
    image: image.image,
    skipped: null,
    cases: [...problems(image), ...ruleCases(image, report)],
  }));
}

const error = (name: string, problem: string): TestCase => ({
  name,
  result: 'error',
  short: 'cannot be judged',
  lines: [problem],
  seconds: 0,
});

function problems({ problem, paths }: CheckedImage): TestCase[] {
  return [
    ...(problem === null ? [] : [error('image', problem)]),
    ...paths.flatMap((path) => (path.problem === null ? [] : [error(columnName(path), path.problem)])),
  ];
}

function ruleCases(image: CheckedImage, report: CheckReport): TestCase[] {
  // Of an image that could not even be read, that is said once.
  if (report.rules.every(({ rule }) => image.unjudged.some((one) => one.rule === rule))) return [];
  return report.rules.map(({ rule }) => {
    const findings = report.findings.filter((one) => one.image === image.image && one.rule === rule);
    const reason = image.unjudged.find((one) => one.rule === rule)?.reason;
    const result = findings.some((finding) => fails(report, finding))
      ? 'failed'
      : reason === undefined
        ? 'passed'
        : 'skipped';
    return {
      name: rule,
      result,
      short: countedFindings(findings),
      lines: result === 'skipped' ? [reason!] : findings.flatMap(findingLines),
      seconds: 0,
    };
  });
}
